/** Every way the summary care record says no. routes/scr/refusal-table.ts gives each code its form on the wire. */
import type { Refusal } from '../../engine/record-kind.ts';

export type ScrRefusalCode = 'value' | 'dissent';

export interface ScrRefusal extends Refusal {
  readonly code: ScrRefusalCode;
}

/** `text` is the complete wire text. */
export const invalid = (text: string): ScrRefusal => ({ kind: 'refused', code: 'value', diagnostics: text });

/** Defence in depth: no other door leads to what a merge does. */
export const NOT_THE_MERGER: Refusal = { kind: 'refused', code: 'unauthorised' };

/** The patient does not let the summary be seen nor stored. */
export const DISSENT: ScrRefusal = { kind: 'refused', code: 'dissent' };

/** No NHS number, or one that stands for nobody any more. */
export const BAD_NHS_NUMBER: ScrRefusal = invalid(
  'Spine processing finished with errors:\n- 400: Invalid Request\n- 35160: [PSIS-35160] - Invalid input message. Mandatory field NHS Number is missing or incorrect',
);

export const duplicateEvent = (eventId: string, nhsNumber: string): ScrRefusal =>
  invalid(`[PSIS-30134] - Duplicate event with eventId ${eventId} and nhsNumber ${nhsNumber}.`);

/** The number was superseded: the route asks the same of the other number, so no client ever sees this. */
export const LIVES_ON = 'lives-on';

export const livesOn = (key: string): Refusal => ({ kind: 'refused', code: LIVES_ON, diagnostics: key });
