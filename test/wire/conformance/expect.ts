/** What a step may find wrong with an answer; each function answers with nothing when all is well. */
import { differences, textAt } from '../json.ts';
import type { WireAnswer } from '../wire-client.ts';

export const status = ({ status: found, text }: WireAnswer, expected: number): readonly string[] =>
  found === expected ? [] : [`status ${found}, expected ${expected}: ${text.slice(0, 300)}`];

export const header = ({ headers }: WireAnswer, name: string, expected: string): readonly string[] =>
  headers.get(name) === expected ? [] : [`${name} ${headers.get(name) ?? 'absent'}, expected ${expected}`];

export const same = (actual: unknown, expected: unknown): readonly string[] => differences(actual, expected);

export const that = (holds: boolean, otherwise: string): readonly string[] => (holds ? [] : [otherwise]);

const CODE = 'issue/0/details/coding/0/code';

/** An OperationOutcome of this code; `diagnostics` is the whole text where given. */
export function outcome(
  answer: WireAnswer,
  [expectedStatus, code, diagnostics]: readonly [number, string, string?],
): readonly string[] {
  return [
    ...status(answer, expectedStatus),
    ...that(textAt(answer.body, CODE) === code, `code ${textAt(answer.body, CODE)}, expected ${code}`),
    ...(diagnostics === undefined ? [] : same(textAt(answer.body, 'issue/0/diagnostics'), diagnostics)),
  ];
}
