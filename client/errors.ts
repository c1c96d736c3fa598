/** What goes wrong, as errors that can be read and told apart. */

export interface OutcomeIssue {
  readonly severity?: string;
  readonly code?: string;
  readonly details?: { readonly coding?: readonly { readonly code?: string; readonly display?: string }[] };
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
}

/** FHIR's form of a refusal. */
export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly OutcomeIssue[];
}

export interface SpineErrorFacts {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly requestId: string;
  /** Times the request was sent. */
  readonly attempts: number;
  readonly outcome?: OperationOutcome | undefined;
  /** The answer as it came, where it was no OperationOutcome. */
  readonly body?: unknown;
  readonly retryAfterSeconds?: number | undefined;
}

/** Everything this library throws about a request is one. */
export class SpineError extends Error {
  override readonly name: string = 'SpineError';
  readonly status: number;
  readonly requestId: string;
  readonly attempts: number;
  readonly outcome: OperationOutcome | undefined;
  readonly body: unknown;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, facts: SpineErrorFacts, options?: { cause?: unknown }) {
    super(message, options);
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.attempts = facts.attempts;
    this.outcome = facts.outcome;
    this.body = facts.body;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }

  /** The Spine's own code, such as RESOURCE_NOT_FOUND. */
  get code(): string | undefined {
    return this.outcome?.issue[0]?.details?.coding?.[0]?.code;
  }

  get diagnostics(): string | undefined {
    return this.outcome?.issue[0]?.diagnostics;
  }
}

/** The service answered and said no; sending the same again would give the same. */
export class SpineRefusal extends SpineError {
  override readonly name = 'SpineRefusal';
}

/** No useful answer, also after the retries. A change may have happened: `requestId` sent again finds out. */
export class SpineUnavailable extends SpineError {
  override readonly name = 'SpineUnavailable';
}

/** The time given to the call is over. A change may have happened: `requestId` sent again finds out. */
export class SpineTimeout extends SpineError {
  override readonly name = 'SpineTimeout';
}

/** The wire broke before the answer came; the retries live on it. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export function isOperationOutcome(value: unknown): value is OperationOutcome {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resourceType' in value &&
    value.resourceType === 'OperationOutcome' &&
    'issue' in value &&
    Array.isArray(value.issue)
  );
}

/** One line a person can act on: what was asked, the status, the Spine's code, its diagnostics. */
export function refusalText(asked: string, status: number, outcome: OperationOutcome | undefined): string {
  const issue = outcome?.issue[0];
  const coding = issue?.details?.coding?.[0];
  const parts = [coding?.code, coding?.display, issue?.diagnostics].filter((part) => part !== undefined);
  return [`${asked}: ${status}`, ...parts].join(' · ');
}
