/**
 * Where a shard's journal is kept apart from the shard: segments (what happened) in one place, anchors (signed words on
 * how far the journal reached and with which hash) in another, and the national copies of its records. Ports only.
 */

/** What is known of a stored segment without reading it. */
export interface SegmentFacts {
  readonly first: number;
  readonly last: number;
  /** Hash of the row `last`. */
  readonly hash: string;
  readonly epoch: number;
}

/** The word that a shard's journal reached `seq` with `hash`. */
export interface Anchor {
  readonly actor: string;
  readonly epoch: number;
  /** The segment it closes. */
  readonly first: number;
  readonly seq: number;
  readonly hash: string;
  readonly at: number;
  /** SHA-256 of the segment's bytes. */
  readonly sha256: string;
}

export interface StoredAnchor {
  readonly anchor: Anchor;
  /** False: unsigned, or signed by nobody we know. */
  readonly signed: boolean;
}

/** The newest copy of a record in the national store. */
export interface RecordCopy {
  readonly kind: string;
  readonly key: string;
  readonly epoch: number;
  readonly version: number;
  readonly deleted: boolean;
  readonly body: string;
  readonly annex: string;
}

export interface Vault {
  /** Nothing that is stored is ever written over: answers what stands at `first` already, or null when it was stored. */
  putSegment(facts: SegmentFacts, bytes: Uint8Array): Promise<SegmentFacts | null>;
  /** As `putSegment`, by `seq`. */
  putAnchor(anchor: Anchor): Promise<Anchor | null>;
  /** Whether this shard has ever shipped. */
  knowsUs(): Promise<boolean>;
  /** Segments that begin behind a sequence, in order. */
  segments(after: number, limit: number): Promise<readonly SegmentFacts[]>;
  segment(first: number): Promise<string | null>;
  /** All anchors behind a sequence, in order. */
  anchors(after: number): Promise<readonly StoredAnchor[]>;
  /** Copies in the order of kind and key, behind the given one. */
  copies(
    kinds: readonly string[],
    after: readonly [kind: string, key: string],
    limit: number,
  ): Promise<readonly RecordCopy[]>;
}
