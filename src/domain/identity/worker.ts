/** A health worker: role profiles at organisations with their dates, authenticators, and whether the account is open. */
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';

/** Field names are those of the userinfo claim `nhsid_nrbac_roles`. */
export interface RoleProfile {
  readonly person_orgid: string;
  /** The role profile id: the value of NHSD-Session-URID. */
  readonly person_roleid: string;
  readonly org_code: string;
  readonly role_code: string;
  readonly role_name: string;
  readonly activities: readonly string[];
  readonly activity_codes: readonly string[];
  readonly workgroups?: readonly string[];
  readonly workgroups_codes?: readonly string[];
  readonly aow?: readonly string[];
  readonly aow_codes?: readonly string[];
  /** Milliseconds since 1970; absent: without a bound. The end is the first moment without the role. */
  readonly from?: number;
  readonly to?: number;
}

export type AuthenticatorState = 'issued' | 'locked' | 'suspended' | 'cancelled';

export interface Authenticator {
  readonly id: string;
  readonly kind:
    | 'smartcard'
    | 'virtual-smartcard'
    | 'fido2'
    | 'windows-hello'
    | 'ipad'
    | 'authenticator-app'
    | 'passkey';
  readonly level: 2 | 3;
  readonly state: AuthenticatorState;
}

export interface Worker {
  readonly uid: string;
  readonly status: 'open' | 'closed';
  /** Claims of userinfo beside the roles. */
  readonly profile: Readonly<Record<string, unknown>>;
  readonly roles: readonly RoleProfile[];
  readonly authenticators: readonly Authenticator[];
  /** How the mock identity provider lets this person in; absent: it does not. */
  readonly mockLogin?: { readonly level: number; readonly methods: readonly string[] };
}

export type WorkerCommand =
  | (Command & { readonly name: 'load-worker'; readonly worker: Worker })
  | (Command & { readonly name: 'register-worker'; readonly uid: string; readonly profile: Worker['profile'] })
  | (Command & { readonly name: 'assign-role'; readonly role: RoleProfile })
  | (Command & { readonly name: 'end-role'; readonly roleId: string; readonly to: number })
  | (Command & { readonly name: 'issue-authenticator'; readonly authenticator: Authenticator })
  | (Command & { readonly name: 'change-authenticator'; readonly id: string; readonly state: AuthenticatorState })
  | (Command & { readonly name: 'close-worker' });

export type WorkerRefusalCode =
  | 'unknown-worker'
  | 'known-worker'
  | 'closed-worker'
  | 'unknown-role'
  | 'own-grant'
  | 'unknown-authenticator'
  | 'cancelled-authenticator'
  | 'wrong-key';

const refuse = (code: WorkerRefusalCode): Decision<Worker> => ({ kind: 'refused', code });
const unchanged: Decision<Worker> = { kind: 'unchanged', reply: { body: '' } };
const accept = (state: Worker): Decision<Worker> => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: JSON.stringify(state) },
});

export const workerKey = (uid: string): string => `user/${uid}`;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function load(state: Worker | null, worker: Worker, key: string): Decision<Worker> {
  if (workerKey(worker.uid) !== key) return refuse('wrong-key');
  return state !== null && same(state, worker) ? unchanged : accept(worker);
}

function register(state: Worker | null, uid: string, profile: Worker['profile']): Decision<Worker> {
  // The same registration again is a repeat; anybody else's number stays his.
  const repeated =
    state?.profile['registered_as'] !== undefined && state.profile['registered_as'] === profile['registered_as'];
  if (state !== null) return repeated ? unchanged : refuse('known-worker');
  return accept({ uid, status: 'open', profile, roles: [], authenticators: [] });
}

/** The same profile again changes nothing; with other dates or activities it replaces the earlier one. */
function assignRole(state: Worker, role: RoleProfile): Decision<Worker> {
  const known = state.roles.find((one) => one.person_roleid === role.person_roleid);
  if (known !== undefined && same(known, role)) return unchanged;
  return accept({ ...state, roles: [...state.roles.filter((one) => one !== known), role] });
}

function endRole(state: Worker, roleId: string, to: number): Decision<Worker> {
  if (!state.roles.some((one) => one.person_roleid === roleId)) return refuse('unknown-role');
  return accept({ ...state, roles: state.roles.map((one) => (one.person_roleid === roleId ? { ...one, to } : one)) });
}

function issue(state: Worker, authenticator: Authenticator): Decision<Worker> {
  const known = state.authenticators.find(({ id }) => id === authenticator.id);
  if (known !== undefined) return same(known, authenticator) ? unchanged : refuse('cancelled-authenticator');
  return accept({ ...state, authenticators: [...state.authenticators, authenticator] });
}

/** What is cancelled stays so: a lost card never comes back. */
function change(state: Worker, id: string, to: AuthenticatorState): Decision<Worker> {
  const known = state.authenticators.find((one) => one.id === id);
  if (known === undefined) return refuse('unknown-authenticator');
  if (known.state === to) return unchanged;
  if (known.state === 'cancelled') return refuse('cancelled-authenticator');
  return accept({
    ...state,
    authenticators: state.authenticators.map((one) => (one === known ? { ...one, state: to } : one)),
  });
}

function close(state: Worker, now: number): Decision<Worker> {
  if (state.status === 'closed') return unchanged;
  return accept({
    ...state,
    status: 'closed',
    roles: state.roles.map((role) => ({ ...role, to: Math.min(role.to ?? now, now) })),
    authenticators: state.authenticators.map((one) => ({ ...one, state: 'cancelled' })),
  });
}

function decide(state: Worker | null, command: WorkerCommand, { key, now, agent }: DecisionContext): Decision<Worker> {
  if (command.name === 'load-worker') return load(state, command.worker, key);
  if (command.name === 'register-worker') return register(state, command.uid, command.profile);
  if (state === null) return refuse('unknown-worker');
  // Nobody gives anything to himself, whatever his rights.
  if (agent.user === state.uid) return refuse('own-grant');
  if (command.name === 'close-worker') return close(state, now);
  if (state.status === 'closed') return refuse('closed-worker');
  switch (command.name) {
    case 'assign-role':
      return assignRole(state, command.role);
    case 'end-role':
      return endRole(state, command.roleId, command.to);
    case 'issue-authenticator':
      return issue(state, command.authenticator);
    case 'change-authenticator':
      return change(state, command.id, command.state);
  }
}

export const workerKind: RecordKind<Worker, WorkerCommand> = {
  name: 'worker',
  decode: ({ body }) => JSON.parse(body) as Worker,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => (record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-worker' }),
};

/** The roles a worker may act in at this moment. */
export const rolesAt = (worker: Worker, now: number): readonly RoleProfile[] =>
  worker.status === 'closed' ? [] : worker.roles.filter(({ from = 0, to = Infinity }) => from <= now && now < to);

/** The answer of the userinfo page. */
export function userInfo(worker: Worker, now: number): Readonly<Record<string, unknown>> {
  const roles = rolesAt(worker, now).map(({ from: _from, to: _to, ...role }) => role);
  return {
    sub: worker.uid,
    nhsid_useruid: worker.uid,
    name: `Test ${worker.uid}`,
    ...worker.profile,
    nhsid_nrbac_roles: roles,
  };
}
