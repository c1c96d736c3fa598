/** What the peer refuses, in the words of the real service as far as a client decides by them: status and code. */

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly diagnostics: string;
}

export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(status: number, code: string, diagnostics: string) {
    super(diagnostics);
    this.refusal = { status, code, diagnostics };
  }
}

export function outcomeText({ code, diagnostics }: Refusal): string {
  const coding = [{ system: 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode', version: '1', code }];
  const issue = [{ severity: 'error', code: 'value', details: { coding }, diagnostics }];
  return JSON.stringify({ resourceType: 'OperationOutcome', issue });
}

export const notFound = (): Refused => new Refused(404, 'RESOURCE_NOT_FOUND', 'Resource not found');
export const versionMismatch = (): Refused =>
  new Refused(409, 'RESOURCE_VERSION_MISMATCH', 'Resource version mismatch');
export const invalidUpdate = (why: string): Refused =>
  new Refused(400, 'INVALID_UPDATE', `Invalid update with error - ${why}`);
