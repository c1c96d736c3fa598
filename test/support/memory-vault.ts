/** A vault in memory, whose contents a test may damage. */
import type { Anchor, RecordCopy, SegmentFacts, StoredAnchor, Vault } from '../../src/engine/vault.ts';

export class MemoryVault implements Vault {
  readonly stored = new Map<number, { facts: SegmentFacts; text: string }>();
  readonly said = new Map<number, StoredAnchor>();
  copied: RecordCopy[] = [];
  /** Called before anything is stored; a throw is the vault's failure. */
  onPut: (what: 'segment' | 'anchor') => void = () => undefined;

  async putSegment(facts: SegmentFacts, bytes: Uint8Array): Promise<SegmentFacts | null> {
    this.onPut('segment');
    const stands = this.stored.get(facts.first);
    if (stands === undefined) this.stored.set(facts.first, { facts, text: new TextDecoder().decode(bytes) });
    return stands?.facts ?? null;
  }

  async putAnchor(anchor: Anchor): Promise<Anchor | null> {
    this.onPut('anchor');
    const stands = this.said.get(anchor.seq);
    if (stands === undefined) this.said.set(anchor.seq, { anchor, signed: true });
    return stands?.anchor ?? null;
  }

  async knowsUs(): Promise<boolean> {
    return this.said.size > 0;
  }

  async segments(after: number, limit: number): Promise<readonly SegmentFacts[]> {
    const facts = [...this.stored.values()].map((one) => one.facts).filter(({ first }) => first > after);
    return facts.toSorted((a, b) => a.first - b.first).slice(0, limit);
  }

  async segment(first: number): Promise<string | null> {
    return this.stored.get(first)?.text ?? null;
  }

  async anchors(after: number): Promise<readonly StoredAnchor[]> {
    return [...this.said.values()]
      .filter(({ anchor }) => anchor.seq > after)
      .toSorted((a, b) => a.anchor.seq - b.anchor.seq);
  }

  async copies(
    kinds: readonly string[],
    after: readonly [string, string],
    limit: number,
  ): Promise<readonly RecordCopy[]> {
    const place = ({ kind, key }: RecordCopy): string => `${kind}\u0000${key}`;
    return this.copied
      .filter((copy) => kinds.includes(copy.kind) && place(copy) > after.join('\u0000'))
      .toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
      .slice(0, limit);
  }

  /** Changes one character of a segment's text. */
  stain(first: number, at: number): void {
    const found = this.stored.get(first);
    if (found === undefined) throw new Error('no such segment');
    const { text } = found;
    found.text = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
  }
}
