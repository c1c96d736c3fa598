/** One thing that is wrong with a message: what a check answers, and what becomes an issue of an OperationOutcome. */

export interface IssueCoding {
  readonly system: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
}

export interface MessageIssue {
  readonly severity: 'fatal' | 'error' | 'information';
  /** FHIR issue type. */
  readonly code: string;
  readonly coding?: IssueCoding;
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
  /** Where the text of the issue is told in `details.text` too. */
  readonly text?: string;
}

/** Checks of what comes in, one for each message; an empty list lets it through. */
export type MessageCheck = (message: unknown) => readonly MessageIssue[];

/**
 * Verifies the signature of an order message as it was sent; answers what is wrong with it, nothing when it is good.
 * Asynchronous because of the platform's cryptography.
 */
export type SignatureVerifier = (orderText: string, now: number) => Promise<readonly string[]>;
