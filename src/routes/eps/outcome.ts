/** OperationOutcomes of the prescription service, and the one rule by which their issues make an HTTP status. */
import type { MessageIssue } from '../../domain/eps/message-issue.ts';
import { instant } from '../../fhir/bundle.ts';
import type { Answer } from '../respond.ts';

export const FHIR = 'application/fhir+json; fhirVersion=4.0';

/** All informational: 200. All forbidden: 403. Anything else: 400, not found and duplicate too. */
export function statusOfIssues(issues: readonly MessageIssue[]): number {
  if (issues.every(({ code }) => code === 'informational')) return 200;
  return issues.every(({ code }) => code === 'forbidden') ? 403 : 400;
}

const wireIssue = ({ code, severity, coding, text, diagnostics, expression }: MessageIssue) => ({
  code,
  severity,
  ...(coding === undefined && text === undefined
    ? {}
    : { details: { ...(coding === undefined ? {} : { coding: [coding] }), ...(text === undefined ? {} : { text }) } }),
  ...(diagnostics === undefined ? {} : { diagnostics }),
  ...(expression === undefined ? {} : { expression }),
});

export interface OutcomeOptions {
  /** ms; absent: no meta. */
  readonly now?: number;
  readonly status?: number;
}

export function outcome(issues: readonly MessageIssue[], { now, status }: OutcomeOptions = {}): Answer {
  const meta = now === undefined ? {} : { meta: { lastUpdated: instant(now) } };
  return {
    status: status ?? statusOfIssues(issues),
    body: JSON.stringify({ resourceType: 'OperationOutcome', ...meta, issue: issues.map(wireIssue) }),
    contentType: FHIR,
  };
}

/** What every operation that has nothing else to tell answers. */
export const success = (now: number): Answer => outcome([{ code: 'informational', severity: 'information' }], { now });
