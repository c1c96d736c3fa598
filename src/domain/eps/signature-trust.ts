/** The national trust store of prescription signatures: certificates of authorities and revocation lists, loaded by operators. */
import type { Command, Decision, RecordKind, View } from '../../engine/record-kind.ts';

export interface TrustMaterial {
  /** PEM, one certificate each. */
  readonly authorities: readonly string[];
  /** Base64 of the DER of a revocation list, by the address that certificates name. */
  readonly revocationLists: Readonly<Record<string, string>>;
}

interface LoadTrust extends Command {
  readonly name: 'load-trust';
  readonly material: TrustMaterial;
}

export const SIGNATURE_TRUST = 'signature-trust';
export const SIGNATURE_TRUST_KEY = 'signature-trust';

/** Adds authorities; a newer list of the same address replaces the older. Loading the same again changes nothing. */
function decide(state: TrustMaterial | null, { material }: LoadTrust): Decision<TrustMaterial> {
  const next: TrustMaterial = {
    authorities: [...new Set([...(state?.authorities ?? []), ...material.authorities])],
    revocationLists: { ...state?.revocationLists, ...material.revocationLists },
  };
  const reply = { body: '' };
  if (JSON.stringify(next) === JSON.stringify(state)) return { kind: 'unchanged', reply };
  return { kind: 'accepted', state: next, outbox: [], reply };
}

export const signatureTrust: RecordKind<TrustMaterial, LoadTrust> = {
  name: SIGNATURE_TRUST,
  decode: ({ body }) => JSON.parse(body) as TrustMaterial,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View =>
    record === null ? { kind: 'refused', code: 'no-trust' } : { kind: 'found', body: record.body },
};
