/** Who signs the orders of the prescription scenarios: keys and certificates of one run. */
import { createSign } from 'node:crypto';
import { makeCertificate } from '../../test/support/certificate-maker.ts';

/** A prescriber and the authority that vouches for it, made for one run. */
export interface Signer {
  readonly authority: string;
  sign(digest: string): string;
}

export function newSigner(): Signer {
  const authority = makeCertificate({ name: 'Bench Sub CA', authority: true });
  const leaf = makeCertificate({ name: 'Bench Prescriber', issuer: authority, serial: 4097 });
  const namespace = ' xmlns="http://www.w3.org/2000/09/xmldsig#"';
  const key = `<KeyInfo><X509Data><X509Certificate>${leaf.base64}</X509Certificate></X509Data></KeyInfo>`;
  return {
    authority: authority.pem,
    sign(digest) {
      const info = Buffer.from(digest, 'base64').toString();
      const value = createSign('RSA-SHA256').update(info).sign(leaf.privateKey, 'base64');
      const signed = info.replace(namespace, '');
      const text = `<Signature${namespace}>${signed}<SignatureValue>${value}</SignatureValue>${key}</Signature>`;
      return Buffer.from(text).toString('base64');
    },
  };
}
