/** An identity provider that is trusted: its issuer, the keys of its tokens, where it lets people log in. */
import type { Command, Decision, RecordKind, View } from '../../engine/record-kind.ts';
import type { KeySet } from './application.ts';
import type { ProviderName } from './scopes.ts';

export interface IdentityProvider {
  readonly name: ProviderName;
  readonly issuer: string;
  /** Our client id there: the audience of its tokens. */
  readonly clientId: string;
  readonly jwks: KeySet;
  readonly jwksUrl?: string;
  readonly authorizeEndpoint?: string;
  readonly tokenEndpoint?: string;
}

export interface TrustProvider extends Command {
  readonly name: 'trust-provider';
  readonly provider: IdentityProvider;
}

function decide(state: IdentityProvider | null, { provider }: TrustProvider): Decision<IdentityProvider> {
  const same = state !== null && JSON.stringify(state) === JSON.stringify(provider);
  if (same) return { kind: 'unchanged', reply: { body: '' } };
  return { kind: 'accepted', state: provider, outbox: [], reply: { body: '' } };
}

export const identityProviderKind: RecordKind<IdentityProvider, TrustProvider> = {
  name: 'identity-provider',
  decode: ({ body }) => JSON.parse(body) as IdentityProvider,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View =>
    record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-provider' },
};

export const providerKey = (name: ProviderName): string => `idp/${name}`;
