/** A request to register a person: asked for by a sponsor, checked by somebody else, then granted or rejected. */
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';

/** Levels of identity proofing after GPG45. */
export const PROOF_LEVELS = ['low', 'medium', 'high', 'very-high'] as const;

export interface IdentityCheck {
  readonly checker: string;
  readonly level: (typeof PROOF_LEVELS)[number];
  /** Kinds of the documents seen, never their numbers. */
  readonly documents: readonly string[];
  readonly at: number;
}

export interface RegistrationRequest {
  readonly id: string;
  readonly organization: string;
  readonly sponsor: string;
  /** Set where the person is a user already. */
  readonly applicant?: string;
  readonly person: Readonly<Record<string, string>>;
  readonly roleCode: string;
  readonly activities: readonly string[];
  readonly status: 'requested' | 'checked' | 'granted' | 'rejected';
  readonly check?: IdentityCheck;
  readonly user?: string;
  readonly roleProfile?: string;
}

export type RequestCommand =
  | (Command & { readonly name: 'open-request'; readonly request: RegistrationRequest })
  | (Command & { readonly name: 'check-identity' } & Pick<IdentityCheck, 'level' | 'documents'>)
  | (Command & { readonly name: 'grant-request'; readonly user: string; readonly roleProfile: string })
  | (Command & { readonly name: 'reject-request' });

export const requestKey = (id: string): string => `request/${id}`;

const refuse = (code: string): Decision<RegistrationRequest> => ({ kind: 'refused', code });
const unchanged = (state: RegistrationRequest): Decision<RegistrationRequest> => ({
  kind: 'unchanged',
  reply: { body: JSON.stringify(state) },
});
const accept = (state: RegistrationRequest): Decision<RegistrationRequest> => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: JSON.stringify(state) },
});

function decide(
  state: RegistrationRequest | null,
  command: RequestCommand,
  { agent, now }: DecisionContext,
): Decision<RegistrationRequest> {
  if (command.name === 'open-request') return state === null ? accept(command.request) : unchanged(state);
  if (state === null) return refuse('unknown-request');
  const { user } = agent;
  if (user === undefined) return refuse('no-user');
  if (user === state.applicant) return refuse('own-request');
  switch (command.name) {
    case 'check-identity': {
      if (user === state.sponsor) return refuse('checker-is-sponsor');
      if (state.status !== 'requested') return refuse('not-requested');
      const { documents, level } = command;
      return accept({ ...state, status: 'checked', check: { checker: user, level, documents, at: now } });
    }
    case 'grant-request':
      if (state.status === 'granted') return unchanged(state);
      if (state.status !== 'checked') return refuse('not-checked');
      if (user === state.sponsor) return refuse('granter-is-sponsor');
      return accept({ ...state, status: 'granted', user: command.user, roleProfile: command.roleProfile });
    case 'reject-request':
      if (state.status === 'granted') return refuse('already-granted');
      return state.status === 'rejected' ? unchanged(state) : accept({ ...state, status: 'rejected' });
  }
}

export const registrationRequestKind: RecordKind<RegistrationRequest, RequestCommand> = {
  name: 'registration-request',
  decode: ({ body }) => JSON.parse(body) as RegistrationRequest,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View =>
    record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-request' },
};
