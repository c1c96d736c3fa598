/** Several calls that arrive together: they share a turn and a commit, and the fate of one is nothing to the others. */
import { GROUP_REPLY_CHARACTERS_MAX } from './limits.ts';
import type { CallReply, Outcome, ShardCall } from './envelope.ts';

/** What a group asks of the engine. */
export interface CallTaker {
  /** Whether a call would wait for somebody else: the others must not wait with it. */
  mustWait(call: ShardCall): boolean;
  take(call: ShardCall): Promise<Outcome>;
}

const FAILED: CallReply = { kind: 'failed' };
const APART: CallReply = { kind: 'apart' };

/** The replies in the order of the calls. */
export function answerGroup(taker: CallTaker, calls: readonly ShardCall[]): Promise<CallReply[]> {
  return new Promise((resolve) => {
    const replies: CallReply[] = Array.from({ length: calls.length }, () => APART);
    let left = calls.length;
    const settled = (index: number, reply: CallReply): void => {
      replies[index] = reply;
      if (--left === 0) resolve(fitting(replies));
    };
    if (left === 0) resolve(replies);
    for (const [index, call] of calls.entries()) {
      if (taker.mustWait(call)) settled(index, APART);
      else {
        taker.take(call).then(
          (outcome) => settled(index, outcome),
          // The engine has told its observer already.
          () => settled(index, FAILED),
        );
      }
    }
  });
}

/** What would make the answer too large to carry is asked for again: a read by itself, a write by its stored reply. */
function fitting(replies: CallReply[]): CallReply[] {
  let characters = 0;
  for (const [index, reply] of replies.entries()) {
    if (reply.kind !== 'replied') continue;
    characters += reply.body.length;
    if (characters > GROUP_REPLY_CHARACTERS_MAX) replies[index] = APART;
  }
  return replies;
}
