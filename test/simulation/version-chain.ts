/**
 * Linearizability of versioned records, complete and cheap, because every reply tells its version: versions order the
 * writes, so only real time has to agree with them. Used on simulated histories and on histories of the real runtime.
 */

export interface Observation {
  readonly record: string;
  /** Positions in one total order of all invocations and returns; `returned` is null when the outcome is unknown. */
  readonly invoked: number;
  readonly returned: number | null;
  /** A write that made `version`, a read that saw it, or a write refused because `expected` was not the newest. */
  readonly effect: 'wrote' | 'saw' | 'mismatch';
  readonly version: number;
  /** Version the write was conditional on. */
  readonly expected?: number;
  /** Digest of the body of `version`, where the reply showed it. */
  readonly digest?: string;
}

/** Everything that contradicts a single order of events per record; empty when the history is linearizable. */
export function contradictions(history: readonly Observation[]): string[] {
  const records = new Map<string, Observation[]>();
  for (const observation of history) {
    const known = records.get(observation.record);
    if (known) known.push(observation);
    else records.set(observation.record, [observation]);
  }
  return [...records.values()].flatMap((observations) => [
    ...doubleWrites(observations),
    ...wrongConditions(observations),
    ...differentBodies(observations),
    ...againstRealTime(observations),
  ]);
}

const told = ({ record, effect, version, invoked, returned }: Observation): string =>
  `${record} ${effect} ${version} in [${invoked}, ${returned ?? 'unknown'}]`;

function doubleWrites(observations: readonly Observation[]): string[] {
  const writers = new Map<number, Observation>();
  return observations.flatMap((observation) => {
    if (observation.effect !== 'wrote') return [];
    const other = writers.get(observation.version);
    writers.set(observation.version, observation);
    return other ? [`two writes made one version: ${told(other)}; ${told(observation)}`] : [];
  });
}

function wrongConditions(observations: readonly Observation[]): string[] {
  return observations
    .filter(({ effect, expected, version }) => effect === 'wrote' && expected !== undefined && version !== expected + 1)
    .map((observation) => `a condition on ${observation.expected} was not kept: ${told(observation)}`);
}

function differentBodies(observations: readonly Observation[]): string[] {
  const digests = new Map<number, string>();
  return observations.flatMap(({ record, version, digest }) => {
    if (digest === undefined) return [];
    const known = digests.get(version) ?? digest;
    digests.set(version, known);
    return known === digest ? [] : [`${record} ${version} was shown with different bodies`];
  });
}

interface Moment {
  readonly at: number;
  readonly observation: Observation;
  readonly isReturn: boolean;
}

/** Whoever is invoked after a return must not see less than that return told, and must write more. */
function againstRealTime(observations: readonly Observation[]): string[] {
  const moments: Moment[] = observations.flatMap((observation) => {
    const invoked = { at: observation.invoked, observation, isReturn: false };
    return observation.returned === null
      ? [invoked]
      : [invoked, { at: observation.returned, observation, isReturn: true }];
  });
  moments.sort((a, b) => a.at - b.at);
  const floors = new Map<Observation, number>();
  let newest = 0;
  const found: string[] = [];
  for (const { observation, isReturn } of moments) {
    if (!isReturn) {
      floors.set(observation, newest);
      continue;
    }
    const floor = floors.get(observation) ?? 0;
    const { effect, version, expected } = observation;
    if (effect === 'saw' && version < floor)
      found.push(`a stale read: ${told(observation)}, though ${floor} was told before`);
    if (effect === 'wrote' && version <= floor)
      found.push(`a late write: ${told(observation)}, though ${floor} was told before`);
    // Told and never left during the whole call: there was nothing to mismatch.
    if (effect === 'mismatch' && expected === floor && version === floor) {
      found.push(`a refusal without a cause: ${told(observation)}`);
    }
    if (effect !== 'mismatch') newest = Math.max(newest, version);
  }
  return found;
}
