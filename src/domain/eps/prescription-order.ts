/** The order message as it was sent, beside the record that changes: written once, so that changes of the record stay small. */
import type { RecordKind } from '../../engine/record-kind.ts';
import type { ForgetOrder, KeepOrder } from './commands.ts';
import { PRESCRIPTION_ORDER } from './prescription-state.ts';
import { refuse } from './refusals.ts';

/** The state is the text itself; '' once it was forgotten. */
export const prescriptionOrder: RecordKind<string, KeepOrder | ForgetOrder> = {
  name: PRESCRIPTION_ORDER,
  decode: ({ body }) => body,
  encode: (text) => ({ body: text, annex: '' }),
  decide(state, command) {
    const reply = { body: '' };
    const text = command.name === 'keep-order' ? command.text : '';
    return text === state ? { kind: 'unchanged', reply } : { kind: 'accepted', state: text, outbox: [], reply };
  },
  view: (record) => (record === null ? refuse('PRESCRIPTION_NOT_FOUND') : { kind: 'found', body: record.body }),
};
