/** The alerts about one patient: self-claimed relationships and views without consent, for privacy officers to follow up. */
import type { AuditEvent } from 'fhir/r4';
import type { Command, DecisionContext, Query, RecordKind } from '../../engine/record-kind.ts';
import { alertDelivery, alertId, alertOrganization } from '../../events/privacy-alert.ts';
import type { AlertKind } from '../../events/privacy-alert.ts';

export interface AccessAlert {
  readonly receivedAt: number;
  readonly organization: string;
  readonly event: AuditEvent;
}

export interface AccessAlerts {
  /** Newest last. Older ones than these live on in the journal, which never forgets. */
  readonly recent: readonly AccessAlert[];
  readonly total: number;
}

export interface RaiseAlert extends Command {
  readonly name: 'raise-alert';
  readonly organization: string;
  readonly event: AuditEvent;
}

export interface ListAlerts extends Query {
  readonly name: 'list-alerts';
}

/** An alert is 1 to 2 KB, so the row stays below 100 KB and a further alert costs little. */
export const RECENT_MAX = 50;

export const accessAlerts: RecordKind<AccessAlerts, RaiseAlert, ListAlerts> = {
  name: 'access-alerts',
  decode: ({ body, annex }) => ({ recent: JSON.parse(body) as AccessAlert[], total: Number(annex) }),
  encode: ({ recent, total }) => ({ body: JSON.stringify(recent), annex: String(total) }),
  // Taken whatever the state of the patient's record: an alert that is refused is an override nobody hears of.
  decide(state, { event, organization }, context) {
    const alert: AccessAlert = { receivedAt: context.now, organization, event };
    const next: AccessAlerts = {
      recent: [...(state?.recent ?? []), alert].slice(-RECENT_MAX),
      total: (state?.total ?? 0) + 1,
    };
    const told = alertDelivery(privacyAlert(event, organization, context));
    return { kind: 'accepted', state: next, outbox: [told], reply: { body: '' } };
  },
  view: (record) => ({ kind: 'found', body: record?.body ?? '[]', attributes: { total: record?.annex ?? '0' } }),
};

const REASONS: Readonly<Record<string, AlertKind>> = {
  '1': 'public-interest',
  '2': 'statute',
  '3': 'court-order',
  '4': 'self-claimed',
  '5': 'emergency',
};

/** For the work list of the organisation's privacy officers. */
function privacyAlert(event: AuditEvent, organization: string, { agent, key, newId, now }: DecisionContext) {
  const selfClaimed = event.type.code === '1';
  const reason = REASONS[event.subtype?.[0]?.code ?? ''] ?? 'other';
  const note = event.extension?.find(({ valueString }) => valueString !== undefined)?.valueString;
  return {
    id: alertId(now, newId()),
    organization: alertOrganization(organization),
    patient: key,
    kind: selfClaimed ? ('self-claimed' as const) : reason,
    source: 'reported' as const,
    at: now,
    client: agent.client,
    ...(agent.user === undefined ? {} : { user: agent.user }),
    ...(agent.role === undefined ? {} : { role: agent.role }),
    ...(note === undefined ? {} : { note: note.slice(0, 500) }),
  };
}
