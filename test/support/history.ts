/**
 * Judges what clients saw of versioned records: linearizability by version chains. Every answer tells the version, so
 * the order of writes is known and no search for one is needed. Versions that nobody may have written, or two writers
 * of one, or an answer older than one that somebody already had, are breaches.
 */

/** One attempt of one client, timed on one clock. Attempts with one request id are one operation. */
export interface Attempt {
  readonly requestId: string;
  readonly record: string;
  readonly kind: 'read' | 'write';
  readonly invoked: number;
  /** Infinity where no answer came. */
  readonly returned: number;
  /** The version in If-Match. */
  readonly expected?: number;
  readonly outcome: 'ok' | 'conflict' | 'unknown';
  /** Produced or observed. */
  readonly version?: number;
  /** Of the body, so that one version means one text. */
  readonly digest?: string;
}

interface Operation {
  readonly requestId: string;
  readonly kind: 'read' | 'write';
  readonly invoked: number;
  readonly returned: number;
  readonly expected: number | undefined;
  readonly version: number;
  readonly digest: string;
}

/** Every breach in words; empty for a sound history. `initial`: the version each record had before. */
export function breaches(history: readonly Attempt[], initial: ReadonlyMap<string, number>): string[] {
  const found: string[] = [];
  for (const [record, attempts] of Map.groupBy(history, (attempt) => attempt.record)) {
    const tell = (text: string): void => void found.push(`${record}: ${text}`);
    const done = operations(attempts, tell);
    const first = initial.get(record) ?? 0;
    chain({ done, attempts, first }, tell);
    oneText(done, tell);
    realTime(done, tell);
    conflicts(attempts, { done, first }, tell);
  }
  return found;
}

type Tell = (text: string) => void;

/** An operation lasts from its first call to its first answer; all its answers must be one. */
function operations(attempts: readonly Attempt[], tell: Tell): Operation[] {
  const done: Operation[] = [];
  for (const [requestId, tries] of Map.groupBy(attempts, (attempt) => attempt.requestId)) {
    const answers = tries.filter((attempt) => attempt.outcome === 'ok');
    const [answer] = answers;
    if (answer === undefined) continue;
    if (answer.version === undefined || answer.digest === undefined)
      throw new Error('an ok attempt has a version and a digest');
    if (answers.some((other) => other.version !== answer.version || other.digest !== answer.digest)) {
      tell(`${requestId} got different answers`);
    }
    done.push({
      requestId,
      kind: answer.kind,
      expected: answer.expected,
      version: answer.version,
      digest: answer.digest,
      invoked: Math.min(...tries.map(({ invoked }) => invoked)),
      returned: Math.min(...answers.map(({ returned }) => returned)),
    });
  }
  return done;
}

/** Each version has one writer, who expected the one before; a version without one must be due to an unknown write. */
function chain(
  { done, attempts, first }: { done: readonly Operation[]; attempts: readonly Attempt[]; first: number },
  tell: Tell,
): void {
  const writers = Map.groupBy(
    done.filter(({ kind }) => kind === 'write'),
    ({ version }) => version,
  );
  for (const [version, authors] of writers) {
    if (authors.length > 1)
      tell(`version ${version} was acknowledged to ${authors.map(({ requestId }) => requestId).join(' and ')}`);
    const wrong = authors.find(({ expected }) => expected !== undefined && expected !== version - 1);
    if (wrong) tell(`${wrong.requestId} expected ${wrong.expected} and produced ${version}`);
    if (version <= first) tell(`version ${version} was produced although ${first} existed`);
  }
  const unknown = unsettled(attempts);
  const highest = Math.max(first, ...done.map(({ version }) => version));
  for (let version = first + 1; version <= highest; version++) {
    const possible = unknown.some(({ expected }) => expected === undefined || expected === version - 1);
    if (!writers.has(version) && !possible) tell(`nobody wrote version ${version} of ${highest}`);
  }
}

/** Writes of which nobody knows: a repeat that was answered, also by a conflict, would have told. */
function unsettled(attempts: readonly Attempt[]): Attempt[] {
  const settled = new Set(attempts.filter(({ outcome }) => outcome !== 'unknown').map(({ requestId }) => requestId));
  return attempts.filter(
    ({ kind, outcome, requestId }) => kind === 'write' && outcome === 'unknown' && !settled.has(requestId),
  );
}

function oneText(done: readonly Operation[], tell: Tell): void {
  for (const [version, seen] of Map.groupBy(done, (operation) => operation.version)) {
    if (new Set(seen.map(({ digest }) => digest)).size > 1) tell(`version ${version} was seen with different contents`);
  }
}

/** Whoever is called after an answer was given is told no less, and writes something newer. */
function realTime(done: readonly Operation[], tell: Tell): void {
  const answers = done.toSorted((a, b) => a.returned - b.returned);
  let next = 0;
  let newest = 0;
  for (const operation of done.toSorted((a, b) => a.invoked - b.invoked)) {
    for (
      let answer = answers[next];
      answer !== undefined && answer.returned < operation.invoked;
      answer = answers[++next]
    ) {
      newest = Math.max(newest, answer.version);
    }
    const least = operation.kind === 'write' ? newest + 1 : newest;
    if (operation.version < least)
      tell(`${operation.requestId} (${operation.kind}) got ${operation.version} after ${newest} was known`);
  }
}

/** A refused version must have been out of date at some moment of the call. */
function conflicts(
  attempts: readonly Attempt[],
  { done, first }: { done: readonly Operation[]; first: number },
  tell: Tell,
): void {
  for (const attempt of attempts) {
    const { expected } = attempt;
    if (attempt.outcome !== 'conflict' || expected === undefined) continue;
    const reached =
      expected === first || done.some(({ version, returned }) => version >= expected && returned < attempt.invoked);
    const left =
      done.some(({ version, invoked }) => version > expected && invoked < attempt.returned) ||
      unsettled(attempts).some((other) => other.expected === undefined || other.expected === expected);
    if (reached && !left) tell(`${attempt.requestId} was refused although ${expected} was the newest version`);
  }
}
