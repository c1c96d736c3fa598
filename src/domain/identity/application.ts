/** A registered application: who it is, how it proves itself, what it was granted. */
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';

export type PublicKey = Readonly<Record<string, unknown>>;

export interface KeySet {
  readonly keys: readonly PublicKey[];
}

export interface Quota {
  readonly requests: number;
  readonly interval: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day';
}

export interface Application {
  readonly clientId: string;
  readonly name: string;
  /** Digest of the secret; null: the app has none. */
  readonly secretDigest: string | null;
  readonly redirectUris: readonly string[];
  readonly status: 'approved' | 'revoked';
  readonly jwks: KeySet | null;
  readonly jwksUrl: string | null;
  readonly scopes: readonly string[];
  /** Flat: nested registration variables are joined by dots. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly quota?: Quota;
  readonly spike?: number;
}

export interface RegisterApplication extends Command {
  readonly name: 'register-application';
  readonly application: Application;
}

function decide(
  state: Application | null,
  command: RegisterApplication,
  context: DecisionContext,
): Decision<Application> {
  const { application } = command;
  if (`app/${application.clientId}` !== context.key) return { kind: 'refused', code: 'wrong-key' };
  const same = state !== null && JSON.stringify(state) === JSON.stringify(application);
  if (same) return { kind: 'unchanged', reply: { body: '' } };
  return { kind: 'accepted', state: application, outbox: [], reply: { body: '' } };
}

/** Reading is also how the issue of a token for the app itself comes into the journal: by the name of the query. */
export const applicationKind: RecordKind<Application, RegisterApplication> = {
  name: 'application',
  decode: ({ body }) => JSON.parse(body) as Application,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View =>
    record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-application' },
};

export const applicationKey = (clientId: string): string => `app/${clientId}`;
