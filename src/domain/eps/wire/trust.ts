/** Whose certificates count for prescriptions, and when one has lost its power. */
import type { Certificate, RevocationList } from './certificate.ts';

export interface Trust {
  readonly authorities: readonly Certificate[];
  /** By the address that certificates name. */
  readonly revocationLists: ReadonlyMap<string, RevocationList>;
}

/** The authorities that may have issued a certificate, by name and key. Whether they did, their key tells. */
export const issuersOf = ({ authorities }: Trust, leaf: Certificate): readonly Certificate[] =>
  leaf.authorityKey === ''
    ? []
    : authorities.filter(
        ({ mayIssue, subject, subjectKey }) =>
          mayIssue && subject === leaf.issuer && (subjectKey === '' || subjectKey === leaf.authorityKey),
      );

/** A key that others may have: nothing it ever signed counts. */
const COMPROMISED: readonly number[] = [1, 2, 10];

/** No list, or none that names the certificate: not revoked. Otherwise what was signed before the revocation stays good. */
export function isRevoked(trust: Trust, certificate: Certificate, signedAt: number): boolean {
  for (const address of certificate.revocationLists) {
    const found = trust.revocationLists.get(address)?.get(certificate.serial);
    if (found !== undefined) return COMPROMISED.includes(found.reason) || signedAt >= found.at;
  }
  return false;
}

export const wasValid = ({ from, until }: Certificate, at: number): boolean => at > from && at < until;
