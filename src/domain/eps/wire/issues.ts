/** What a message is refused with before the record is asked: issues of an OperationOutcome, and the first fault of a reading. */
import type { MessageIssue } from '../message-issue.ts';

export const R4_ERRORS = 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode';

/** A message that is not understood. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly issues: readonly MessageIssue[];
}

export type TranslationCode =
  | 'INVALID_VALUE'
  | 'TOO_FEW_VALUES_SUBMITTED'
  | 'TOO_MANY_VALUES_SUBMITTED'
  | 'MISSING_VALUE';

/** Something that no sense can be made of. */
export function translationIssue(code: TranslationCode, display: string, path: string): MessageIssue {
  const coding = { system: R4_ERRORS, code, display };
  return { severity: 'fatal', code: 'invalid', coding, ...(path === '' ? {} : { expression: [path] }) };
}

/** Outcomes of checks carry `meta.lastUpdated`; those of values that no sense can be made of do not. */
export const isTimed = (issues: readonly MessageIssue[]): boolean =>
  !issues.some(
    ({ code, coding, severity }) =>
      code === 'invalid' && coding !== undefined && (severity === 'fatal' || coding.code === 'INVALID_VALUE'),
  );

/** Collects the first thing that no sense can be made of; whoever reads on gets empty values and may go on. */
export class Reading {
  #fault: Invalid | null = null;

  get fault(): Invalid | null {
    return this.#fault;
  }

  refuse(code: TranslationCode, display: string, path: string): void {
    this.#fault ??= { kind: 'invalid', issues: [translationIssue(code, display, path)] };
  }

  /** The only item of a list; more, none or no list are faults. */
  only<T>(items: readonly T[] | undefined, path: string, where = ''): T | undefined {
    const hint = where === '' ? '' : ` where ${where}`;
    if (items === undefined) this.refuse('INVALID_VALUE', 'Required field missing.', path);
    else if (items.length === 0)
      this.refuse('TOO_FEW_VALUES_SUBMITTED', `Too few values submitted. Expected 1 element${hint}.`, path);
    return items === undefined ? undefined : this.atMostOne(items, path, where);
  }

  atMostOne<T>(items: readonly T[], path: string, where = ''): T | undefined {
    const hint = where === '' ? '' : ` where ${where}`;
    if (items.length > 1)
      this.refuse('TOO_MANY_VALUES_SUBMITTED', `Too many values submitted. Expected 1 element${hint}.`, path);
    return items[0];
  }
}
