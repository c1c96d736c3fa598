/** Small steps that every decision is made of: change one issue, write the log, cancel an item, roll on to the next issue. */
import { DAY_MS, LEAD_DAYS } from './periods.ts';
import type {
  Coding,
  IssueItem,
  LogEntry,
  Prescription,
  PrescriptionEvent,
  PrescriptionIssue,
  PrescriptionStatus,
} from './prescription-state.ts';
import { statusOf } from './prescription-state.ts';
import { CANCELLABLE, COMPLETED, isActive } from './statuses.ts';

/** The optimistic updates of the live service end here; so does our log, oldest but one first. */
const LOG_MAX = 512;

export function withIssue(prescription: Prescription, issue: PrescriptionIssue): Prescription {
  const issues = prescription.issues.map((other) => (other.number === issue.number ? issue : other));
  return { ...prescription, issues };
}

export const inStatus = (issue: PrescriptionIssue, status: PrescriptionStatus, now: number): PrescriptionIssue =>
  issue.status === status ? issue : { ...issue, status, since: now };

/** The issue that a message means: only repeat dispensing has several, and who names none means the current one. */
export function issueMeant(prescription: Prescription, number: number | undefined): PrescriptionIssue | undefined {
  const several = prescription.order?.treatmentType === '0003';
  return prescription.issues[(several ? (number ?? prescription.current) : 1) - 1];
}

export interface Noted {
  readonly at: number;
  readonly event: PrescriptionEvent;
  readonly messageId: string;
  readonly issue?: number;
  readonly organization?: string;
  readonly item?: string;
  readonly note?: string;
}

/** The log of a change: `before` is the state that the change began with. */
export function logged(before: Prescription | null, after: Prescription, noted: Noted): Prescription {
  const { issue = after.current, ...rest } = noted;
  const status = (prescription: Prescription) => prescription.issues[issue - 1]?.status ?? statusOf(prescription);
  const entry: LogEntry = { ...rest, issue, from: before === null ? null : status(before), to: status(after) };
  const log = [...after.log, entry];
  return { ...after, log: log.length > LOG_MAX ? [...log.slice(0, 1), ...log.slice(2)] : log };
}

/** An item that nobody has taken is cancelled in the current and all later issues. */
export function cancelEverywhere(
  prescription: Prescription,
  { index, reason }: { index: number; reason: Coding },
  now: number,
): Prescription {
  const issues = prescription.issues.map((issue) => {
    if (issue.number < prescription.current || !CANCELLABLE.includes(issue.status)) return issue;
    const items = issue.items.map((item, at): IssueItem =>
      at === index && item.status === '0007' ? { status: '0005', cancelReason: reason.code } : item,
    );
    const cancelled = items.some(isActive) ? issue : inStatus(issue, '0005', now);
    return { ...cancelled, items };
  });
  return { ...prescription, issues };
}

/** When the issue after `number` is offered to the nominated dispenser: some days before the supply runs out. */
export function readyAt(prescription: Prescription, number: number): number {
  const { effectiveAt = prescription.storedAt, daysSupply = 0 } = prescription.order ?? {};
  return effectiveAt + (daysSupply * (number - 1) - LEAD_DAYS) * DAY_MS;
}

/** Once the current issue is finished the next one that is not takes its place, at once or when it is due. */
export function rollOn(prescription: Prescription, now: number): Prescription {
  const issue = prescription.issues[prescription.current - 1];
  const next = prescription.issues[prescription.current];
  if (issue === undefined || next === undefined || !COMPLETED.includes(issue.status)) return prescription;
  const rolled = { ...prescription, current: next.number };
  if (next.status !== '9000') return rollOn(rolled, now);
  const due = readyAt(prescription, next.number);
  const offered = { ...inStatus(next, due > now ? '0000' : '0001', now), readyAt: due };
  return withIssue(rolled, offered);
}

/** Takes `rollOn` back where the next issue is still with the service; null: somebody has it already. */
export function rollBack(prescription: Prescription, number: number, now: number): Prescription | null {
  if (prescription.current === number) return prescription;
  const later = prescription.issues.filter((issue) => issue.number > number);
  const untouched = later.every(({ status }) => CANCELLABLE.includes(status) || status === '0005');
  if (!untouched) return null;
  const issues = prescription.issues.map((issue) => {
    if (issue.number <= number || issue.status === '0005' || issue.status === '9000') return issue;
    const { readyAt: _due, ...waiting } = inStatus(issue, '9000', now);
    return waiting;
  });
  return { ...prescription, issues, current: number };
}
