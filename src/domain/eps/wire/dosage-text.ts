/** What the patient is told to take, in one sentence: at the same time joined by "and", one after the other by "then". */
import { wholeNumber } from '../../../fhir/lossless-json.ts';
import { objectsIn, textIn } from './json.ts';

export function dosageText(instructions: unknown): string {
  const dosages = objectsIn(instructions);
  const [only] = dosages;
  if (only !== undefined && dosages.length === 1) return textIn(only['text']);
  const sequences = new Map<number, string[]>();
  for (const { sequence, text } of dosages) {
    const place = wholeNumber(sequence) ?? 0;
    sequences.set(place, [...(sequences.get(place) ?? []), textIn(text)]);
  }
  return [...sequences]
    .sort(([one], [other]) => one - other)
    .map(([, texts]) => texts.join(', and '))
    .join(', then ');
}
