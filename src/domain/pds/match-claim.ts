/**
 * The claim on one match key (birth date + sound of the family name): while one registration holds it, rivals for the
 * same person wait, so that two creates of one person always meet. It also remembers the numbers that were given lately,
 * since the national index shows them only after its next snapshot.
 */
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';
import type { PersonIdentity } from './match-identity.ts';

export interface Registered {
  readonly key: string;
  readonly identity: PersonIdentity;
  readonly at: number;
}

interface MatchClaim {
  readonly holder: string | null;
  /** A holder that vanished loses the claim at this time. */
  readonly until: number;
  readonly recent: readonly Registered[];
}

export interface ClaimMatchKey extends Command {
  readonly name: 'claim-match-key';
  readonly holder: string;
  readonly leaseMs: number;
}

export interface ReleaseMatchKey extends Command {
  readonly name: 'release-match-key';
  readonly holder: string;
  readonly registered?: Omit<Registered, 'at'>;
}

export type MatchClaimCommand = ClaimMatchKey | ReleaseMatchKey;

/** Longer than any backlog of the index after an outage; the index shows a number within a second otherwise. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;
const EMPTY: MatchClaim = { holder: null, until: 0, recent: [] };

function claim(state: MatchClaim, command: ClaimMatchKey, now: number): Decision<MatchClaim> {
  const held = state.holder !== null && state.holder !== command.holder && state.until > now;
  if (held) return { kind: 'refused', code: 'held' };
  const recent = state.recent.filter((entry) => entry.at > now - REMEMBERED_MS);
  const claimed = { holder: command.holder, until: now + command.leaseMs, recent };
  return { kind: 'accepted', state: claimed, outbox: [], reply: { body: JSON.stringify(recent) } };
}

function release(state: MatchClaim, command: ReleaseMatchKey, now: number): Decision<MatchClaim> {
  // A number is remembered also when the lease had passed to a rival meanwhile.
  const holder = state.holder === command.holder ? null : state.holder;
  const recent = command.registered ? [...state.recent, { ...command.registered, at: now }] : state.recent;
  return { kind: 'accepted', state: { ...state, holder, recent }, outbox: [], reply: { body: '' } };
}

function decide(state: MatchClaim | null, command: MatchClaimCommand, { now }: DecisionContext): Decision<MatchClaim> {
  switch (command.name) {
    case 'claim-match-key':
      return claim(state ?? EMPTY, command, now);
    case 'release-match-key':
      return release(state ?? EMPTY, command, now);
  }
}

export const matchClaim: RecordKind<MatchClaim, MatchClaimCommand> = {
  name: 'match-claim',
  decode: ({ body }) => JSON.parse(body) as MatchClaim,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View =>
    record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'RESOURCE_NOT_FOUND' },
};
