/** What happened at the edge on its way into the journal: never a record, always an entry. */
import type { Command, Decision, RecordKind, View } from '../../engine/record-kind.ts';

export interface NoteDenial extends Command {
  readonly code: string;
}

const entryOnly = (name: string): RecordKind<never, NoteDenial> => ({
  name,
  decode: () => {
    throw new Error('a denial is never stored');
  },
  encode: (state) => state,
  /** The engine writes every refused command into the journal; that is all this is for. */
  decide: (_state, { code }): Decision<never> => ({ kind: 'refused', code }),
  view: (): View => ({ kind: 'refused', code: 'never-stored' }),
});

export const denialKind = entryOnly('denial');

/** What the edge answered out of its own knowledge: the entry of an access that no record wrote. */
export const edgeAccessKind = entryOnly('edge-access');
