/** One step of a shard's look at its own journal: the chain of its rows, and what the anchors say about them. */
import { VERIFY_STEP } from './limits.ts';
import { JournalVerifier } from './verify-journal.ts';
import type { Fault, Position } from './verify-journal.ts';
import type { Missing } from './journal-segment.ts';
import type { ShardState } from './shard-state.ts';

export interface VerifiedStep {
  /** Where the next step goes on. */
  readonly position: Position;
  readonly rows: number;
  readonly fault: Fault | null;
  readonly anchors: { readonly met: number; readonly unsigned: number };
  readonly missing: readonly Missing[];
  /** True: the whole journal has been looked at. */
  readonly done: boolean;
}

/** Rows of one turn; each is read whole, so few at a time. */
const ROWS_A_TURN = 200;

export async function verifyOwnJournal(shard: ShardState, after: Position): Promise<VerifiedStep> {
  const said = shard.ports.vault ? await shard.ports.vault.anchors(after.seq) : [];
  const head = shard.journal.head.seq;
  const signed = said.filter((one) => one.signed);
  const verifier = new JournalVerifier(after, new Map(signed.map(({ anchor }) => [anchor.seq, anchor.hash])));
  let seen = after.seq;
  while (seen < head && verifier.rows < VERIFY_STEP && verifier.fault === null) {
    const rows = shard.statements.journalAfter(seen, ROWS_A_TURN);
    if (rows.length === 0) break;
    for (const row of rows) verifier.add(row);
    seen = rows.at(-1)?.seq ?? head;
    await new Promise<void>((resolve) => void shard.ports.defer(resolve, 0));
  }
  const done = verifier.fault !== null || seen >= head || verifier.rows < VERIFY_STEP;
  if (done) verifier.finish();
  return {
    position: verifier.position,
    rows: verifier.rows,
    fault: verifier.fault,
    anchors: { met: verifier.anchorsSeen, unsigned: done ? said.length - signed.length : 0 },
    missing: verifier.missing,
    done,
  };
}
