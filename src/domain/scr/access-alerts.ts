/** The alerts about one patient: self-claimed relationships and views without consent, for privacy officers to follow up. */
import type { AuditEvent } from 'fhir/r4';
import type { Command, Decision, DecisionContext, MergeableKind } from '../../engine/record-kind.ts';
import type { OutboxEntry, Query } from '../../engine/record-kind.ts';
import { isMerger } from '../../nhs/merger.ts';
import { patientFacts } from './access-decision.ts';
import { NOT_THE_MERGER, livesOn } from './refusals.ts';
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

/** Part of merging two NHS numbers: what was told about the retired number comes to the surviving one. */
export interface AbsorbAlerts extends Command {
  readonly name: 'absorb-alerts';
  readonly retired: AccessAlerts;
}

export interface RetireAlerts extends Command {
  readonly name: 'retire-alerts';
}

export interface ListAlerts extends Query {
  readonly name: 'list-alerts';
}

type AlertCommand = RaiseAlert | AbsorbAlerts | RetireAlerts;

/** An alert is 1 to 2 KB, so the row stays below 100 KB and a further alert costs little. */
export const RECENT_MAX = 50;

const NO_ALERTS: AccessAlerts = { recent: [], total: 0 };

export const accessAlerts: MergeableKind<AccessAlerts, AlertCommand, ListAlerts> = {
  name: 'access-alerts',
  decode: ({ body, annex }) => ({ recent: JSON.parse(body) as AccessAlert[], total: Number(annex) }),
  encode: ({ recent, total }) => ({ body: JSON.stringify(recent), annex: String(total) }),
  decide(state, command, context) {
    if (command.name === 'raise-alert') return decideRaise(state ?? NO_ALERTS, command, context);
    if (!isMerger(context.agent)) return NOT_THE_MERGER;
    if (command.name === 'retire-alerts') return { kind: 'unchanged', reply: { body: '' } };
    return decideAbsorb(state ?? NO_ALERTS, command.retired);
  },
  view(record, _query, { neighbour }) {
    const { supersededBy } = patientFacts(neighbour('demographics'));
    if (supersededBy !== undefined) return { kind: 'moved', key: supersededBy };
    return { kind: 'found', body: record?.body ?? '[]', attributes: { total: record?.annex ?? '0' } };
  },
  handOver: (state) => ({
    absorb: state === null ? null : { name: 'absorb-alerts', retired: state },
    retire: { name: 'retire-alerts' },
  }),
};

const accepted = (state: AccessAlerts, outbox: readonly OutboxEntry[] = []): Decision<AccessAlerts> => ({
  kind: 'accepted',
  state,
  outbox,
  reply: { body: '' },
});

/** Taken whatever the patient's permission: an alert that is refused is an override nobody hears of. */
function decideRaise(
  { recent, total }: AccessAlerts,
  { event, organization }: RaiseAlert,
  context: DecisionContext,
): Decision<AccessAlerts> {
  const { supersededBy } = patientFacts(context.neighbour('demographics'));
  if (supersededBy !== undefined) return livesOn(supersededBy);
  const alert: AccessAlert = { receivedAt: context.now, organization, event };
  const told = alertDelivery(privacyAlert(event, organization, context));
  return accepted({ recent: [...recent, alert].slice(-RECENT_MAX), total: total + 1 }, [told]);
}

function decideAbsorb(state: AccessAlerts, retired: AccessAlerts): Decision<AccessAlerts> {
  const recent = [...state.recent, ...retired.recent].toSorted((a, b) => a.receivedAt - b.receivedAt);
  return accepted({ recent: recent.slice(-RECENT_MAX), total: state.total + retired.total });
}

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
