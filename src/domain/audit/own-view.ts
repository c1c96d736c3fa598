/** What a patient sees of who looked: when, which organisation, in which role, why, at what. Never a person's name. */
import { outcomeOf, purposeOf } from './audit-event.ts';
import type { AuditFact } from './audit-event.ts';

export interface OwnEntry {
  readonly when: string;
  readonly organisation: string | null;
  readonly role: string | null;
  readonly application: string;
  readonly purpose: string;
  readonly data: string;
  readonly what: string;
  readonly refused: boolean;
  /** The glass was broken: seen without the rights for it. */
  readonly emergency: boolean;
}

const DATA: Readonly<Record<string, string>> = {
  demographics: 'personal details',
  'related-persons': 'related people',
  'summary-care-record': 'summary care record',
  'access-alerts': 'alerts about access',
  'patient-flags': 'flags',
  'patient-access': 'who may see the record',
};

/** Housekeeping of the system itself is no look at anybody. */
export const isShown = ({ agent, kind }: AuditFact): boolean =>
  !['platform', 'import', 'status', 'sweep'].includes(agent.mode) && kind !== 'edge-access';

export function ownEntry(fact: AuditFact, roleName: string | null): OwnEntry {
  const { action, agent, at, kind, outcome } = fact;
  return {
    when: new Date(at).toISOString(),
    organisation: agent.organization ?? null,
    role: roleName,
    application: agent.client,
    purpose: purposeOf(fact),
    data: DATA[kind] ?? 'personal details',
    what: kind === 'denial' ? outcome : action,
    refused: outcomeOf(fact) !== '0',
    emergency: purposeOf(fact) === 'BTG',
  };
}
