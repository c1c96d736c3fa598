/** The alerts about one patient: self-claimed relationships and views without consent, for privacy officers to follow up. */
import type { AuditEvent } from 'fhir/r4';
import type { Command, Query, RecordKind } from '../../engine/record-kind.ts';

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
    return { kind: 'accepted', state: next, outbox: [], reply: { body: '' } };
  },
  view: (record) => ({ kind: 'found', body: record?.body ?? '[]', attributes: { total: record?.annex ?? '0' } }),
};
