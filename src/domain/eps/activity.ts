/** What happens to a prescription without anybody asking: one next activity at a time, each at its date. */
import { inStatus, logged, rollOn, withIssue } from './change.ts';
import { ACTIVE_DAYS, DAY_MS, DELETE_DAYS, NO_CLAIM_DAYS, PURGE_DAYS } from './periods.ts';
import type { IssueItem, NextActivity, Prescription, PrescriptionIssue } from './prescription-state.ts';
import { COMPLETED, EXPIRED_AS, ITEM_EXPIRED_AS } from './statuses.ts';

interface Due extends NextActivity {
  /** 0: the prescription as a whole. */
  readonly issue: number;
}

/** The service itself acts under this name. */
const SERVICE = 'service';

export function nextActivity(prescription: Prescription): NextActivity | null {
  const due = nextDue(prescription);
  return due === null ? null : { activity: due.activity, at: due.at };
}

function nextDue(prescription: Prescription): Due | null {
  if (prescription.purged === true || prescription.movedTo !== undefined) return null;
  const due = [...prescription.issues.flatMap((issue) => issueDue(prescription, issue)), ...wholeDue(prescription)];
  return due.reduce<Due | null>((first, next) => (first === null || next.at < first.at ? next : first), null);
}

function issueDue(prescription: Prescription, issue: PrescriptionIssue): readonly Due[] {
  const { number, status, since } = issue;
  const expire = { activity: 'expire', at: prescription.expiresAt, issue: number } as const;
  switch (status) {
    case '9001': {
      const at = prescription.order?.effectiveAt ?? prescription.storedAt;
      return [{ activity: 'ready', at, issue: number }, expire];
    }
    case '0000':
      return [{ activity: 'ready', at: issue.readyAt ?? since, issue: number }, expire];
    case '0001':
    case '0002':
    case '9000':
      return [expire];
    case '0003': {
      const at = (issue.lastDispensedAt ?? since) + ACTIVE_DAYS * DAY_MS;
      return [{ activity: 'expire', at, issue: number }];
    }
    case '0006':
      return [{ activity: 'no-claim', at: since + NO_CLAIM_DAYS * DAY_MS, issue: number }];
    case '0004':
    case '0005':
    case '0007':
    case '0008':
    case '0009':
    case '9005':
      return [];
  }
}

/** Deleted once every issue has come to its end and the longest of their periods is over; purged a year after the end. */
function wholeDue(prescription: Prescription): readonly Due[] {
  const { issues, deletedAt } = prescription;
  if (prescription.order === undefined) return [{ activity: 'purge', at: prescription.expiresAt, issue: 0 }];
  if (issues.some(({ status }) => !COMPLETED.includes(status) || status === '0006')) return [];
  const ends = issues.map(({ since }) => since);
  if (deletedAt !== undefined) return [{ activity: 'purge', at: Math.max(...ends) + PURGE_DAYS * DAY_MS, issue: 0 }];
  const deletions = issues.map(
    ({ status, since }) => since + (Object.hasOwn(DELETE_DAYS, status) ? daysOf(status) : 0) * DAY_MS,
  );
  return [{ activity: 'delete', at: Math.max(...deletions), issue: 0 }];
}

const daysOf = (status: string): number => (DELETE_DAYS as Readonly<Record<string, number>>)[status] ?? 0;

/** Everything that is due by `now`, in the order of its time; the same object where nothing is. */
export function brought(prescription: Prescription, now: number): Prescription {
  let state = prescription;
  for (;;) {
    const due = nextDue(state);
    if (due === null || due.at > now) return state;
    state = done(state, due);
  }
}

/** At its own time, not at the time of looking: a late alarm changes nothing. */
function done(before: Prescription, due: Due): Prescription {
  const messageId = `${SERVICE}/${due.activity}/${due.at}`;
  const noted = { at: due.at, messageId, issue: due.issue === 0 ? before.current : due.issue };
  switch (due.activity) {
    case 'ready': {
      const issue = before.issues[due.issue - 1];
      if (issue === undefined) return before;
      return logged(before, withIssue(before, inStatus(issue, '0001', due.at)), { ...noted, event: 'ready' });
    }
    case 'expire':
      return logged(before, expired(before, due), { ...noted, event: 'expired' });
    case 'no-claim': {
      const issue = before.issues[due.issue - 1];
      if (issue === undefined) return before;
      return logged(before, withIssue(before, inStatus(issue, '0009', due.at)), { ...noted, event: 'no-claim' });
    }
    case 'delete':
      return logged(before, { ...before, deletedAt: due.at }, { ...noted, event: 'deleted' });
    case 'purge':
      return purged(before, due.at);
  }
}

/** The issue itself, and all later ones once the prescription's own validity is over. */
function expired(before: Prescription, due: Due): Prescription {
  const over = due.at >= before.expiresAt;
  const issues = before.issues.map((issue) => {
    if (issue.number !== due.issue && !(over && issue.number > due.issue)) return issue;
    const status = EXPIRED_AS[issue.status];
    if (status === undefined) return issue;
    const items = issue.items.map((item): IssueItem => {
      const next = ITEM_EXPIRED_AS[item.status];
      return next === undefined ? item : { ...item, status: next };
    });
    return { ...inStatus(issue, status, due.at), items };
  });
  return rollOn({ ...before, issues }, due.at);
}

/** Only the id stays, so that it is not used again. */
function purged({ id, nhsNumber, storedAt, expiresAt }: Prescription, at: number): Prescription {
  return {
    id,
    nhsNumber,
    storedAt,
    expiresAt,
    issues: [],
    current: 0,
    formerNominations: [],
    pending: [],
    log: [{ at, event: 'purged', messageId: SERVICE, issue: 0, from: null, to: '9005' }],
    purged: true,
  };
}
