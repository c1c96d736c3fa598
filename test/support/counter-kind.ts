/** A record kind for engine tests: it counts, and misbehaves on demand. */
import type { Command, Decision, OutboxEntry, RecordKind, View } from '../../src/engine/record-kind.ts';

export interface Counter {
  readonly count: number;
}

export interface CounterCommand extends Command {
  readonly name: 'add' | 'throw' | 'refuse' | 'stay';
  readonly by?: number;
  readonly outbox?: readonly OutboxEntry[];
  /** Bytes to blow the record up to. */
  readonly padding?: number;
}

interface StoredCounter extends Counter {
  readonly padding?: string;
}

function decide(state: StoredCounter | null, command: CounterCommand): Decision<StoredCounter> {
  switch (command.name) {
    case 'throw':
      throw new Error('a bug in a decision');
    case 'refuse':
      return { kind: 'refused', code: 'no-more' };
    case 'stay':
      return { kind: 'unchanged', reply: { body: String(state?.count ?? 0) } };
    case 'add': {
      const next = {
        count: (state?.count ?? 0) + (command.by ?? 1),
        ...(command.padding ? { padding: 'x'.repeat(command.padding) } : {}),
      };
      return { kind: 'accepted', state: next, outbox: command.outbox ?? [], reply: { body: `now ${next.count}` } };
    }
  }
}

export const counterKind: RecordKind<StoredCounter, CounterCommand> = {
  name: 'counter',
  decode: ({ body }) => JSON.parse(body) as StoredCounter,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => (record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown' }),
  index: (state) => ({ partition: 'p', tokens: [`n:${state.count}`], document: '{}' }),
};
