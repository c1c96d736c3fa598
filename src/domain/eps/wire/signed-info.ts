/** The XML Signature around the hash of a prescription. */
import { element, text } from './canonical-xml.ts';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

export type HashName = 'SHA-1' | 'SHA-256';

interface Algorithms {
  readonly signature: string;
  readonly digest: string;
  /** As `$prepare` names it. */
  readonly name: string;
}

export const ALGORITHMS: Readonly<Record<HashName, Algorithms>> = {
  'SHA-1': { signature: `${DSIG}rsa-sha1`, digest: `${DSIG}sha1`, name: 'RS1' },
  'SHA-256': {
    signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    digest: 'http://www.w3.org/2001/04/xmlenc#sha256',
    name: 'RS256',
  },
};

/** Canonical, with its namespace: exactly what is signed. `digestValue`: base64 of the hash. */
export function signedInfo(digestValue: string, hash: HashName): string {
  const algorithm = (tag: string, uri: string) => element(tag, { Algorithm: uri });
  return element(
    'SignedInfo',
    { xmlns: DSIG },
    algorithm('CanonicalizationMethod', EXCLUSIVE),
    algorithm('SignatureMethod', ALGORITHMS[hash].signature),
    element(
      'Reference',
      {},
      element('Transforms', {}, algorithm('Transform', EXCLUSIVE)),
      algorithm('DigestMethod', ALGORITHMS[hash].digest),
      element('DigestValue', {}, text(digestValue)),
    ),
  );
}
