/** A range of NHS numbers issued one after the other; a committed step never comes back. */
import { nhsNumberCheckDigit } from '../../nhs/nhs-number.ts';
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';

/** First nine digits of the next number to try. */
interface NumberRange {
  readonly next: number;
}

/** One base in eleven has no check digit, so a number may use two of them. */
const BASES_PER_NUMBER = 2;

export interface AllocateNumber extends Command {
  readonly name: 'allocate-number';
}

/** Where each range starts; the public sandbox answers these numbers first. */
export const NUMBER_RANGES = { patient: 518_266_336, birth: 590_001_077 } as const;
export type NumberRangeName = keyof typeof NUMBER_RANGES;

function isRange(name: string): name is NumberRangeName {
  return name in NUMBER_RANGES;
}

function allocate(state: NumberRange | null, context: DecisionContext): Decision<NumberRange> {
  if (!isRange(context.key)) throw new Error('unknown number range');
  // Each number takes one version: versions that may have been lost in a restore are numbers that may have been issued.
  const lost = context.nextVersion - context.version - 1;
  let base = (state?.next ?? NUMBER_RANGES[context.key]) + lost * BASES_PER_NUMBER;
  let check = nhsNumberCheckDigit(String(base));
  // One base in eleven has no check digit and is skipped.
  while (check === null) check = nhsNumberCheckDigit(String(++base));
  return { kind: 'accepted', state: { next: base + 1 }, outbox: [], reply: { body: `${base}${check}` } };
}

export const numberRange: RecordKind<NumberRange, AllocateNumber> = {
  name: 'number-range',
  decode: ({ body }) => JSON.parse(body) as NumberRange,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide: (state, _command, context) => allocate(state, context),
  view: (record): View =>
    record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'RESOURCE_NOT_FOUND' },
};
