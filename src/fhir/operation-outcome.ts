/** The one body in which a Spine FHIR service says no: an OperationOutcome with exactly one issue. */

export const SPINE_ERROR_SYSTEM = 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode';

export interface OutcomeIssue {
  readonly code: string;
  readonly display: string;
  /** The FHIR issue type, for example `value` or `not-found`. */
  readonly issueCode: string;
  readonly severity: 'error' | 'information' | 'warning' | 'fatal';
  /** Left out of the body where the wire shows none. */
  readonly diagnostics?: string;
  /** The element at fault, as a FHIRPath, where a request has several. */
  readonly expression?: string;
}

export function operationOutcome(issue: OutcomeIssue): string {
  const coding = { system: SPINE_ERROR_SYSTEM, version: '1', code: issue.code, display: issue.display };
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: issue.severity,
        code: issue.issueCode,
        details: { coding: [coding] },
        ...(issue.diagnostics === undefined ? {} : { diagnostics: issue.diagnostics }),
        ...(issue.expression === undefined ? {} : { expression: [issue.expression] }),
      },
    ],
  });
}
