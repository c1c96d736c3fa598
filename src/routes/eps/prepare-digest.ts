/** What `$prepare` tells of an order: the text to be signed, the time it is signed at, and the algorithm. */
import { instant } from '../../fhir/bundle.ts';
import type { Invalid } from '../../domain/eps/wire/issues.ts';
import { prescriptionFragments } from '../../domain/eps/wire/prescription-fragments.ts';
import { ALGORITHMS, signedInfo } from '../../domain/eps/wire/signed-info.ts';
import type { HashName } from '../../domain/eps/wire/signed-info.ts';
import { base64Digest } from './signature-verification.ts';

export interface PreparedDigest {
  readonly kind: 'prepared';
  /** Base64 of the canonical SignedInfo. */
  readonly digest: string;
  readonly timestamp: string;
  /** RS256 or RS1. */
  readonly algorithm: string;
}

export async function prepareDigest(bundle: unknown, hash: HashName, now: number): Promise<PreparedDigest | Invalid> {
  const fragments = prescriptionFragments(bundle, { now });
  if (fragments.kind === 'invalid') return fragments;
  const info = signedInfo(await base64Digest(fragments.text, hash), hash);
  return {
    kind: 'prepared',
    digest: btoa(info),
    timestamp: instant(fragments.signedAt),
    algorithm: ALGORITHMS[hash].name,
  };
}
