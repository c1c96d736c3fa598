/** Whether the signature of a prescription counts: its form, its match, its certificate, and who vouches for that. */
import type { Certificate } from '../../domain/eps/wire/certificate.ts';
import { readCertificate } from '../../domain/eps/wire/certificate.ts';
import { fromBase64 } from '../../domain/eps/wire/pem.ts';
import { prescriptionFragments } from '../../domain/eps/wire/prescription-fragments.ts';
import { readSignature } from '../../domain/eps/wire/signature-document.ts';
import type { SignatureDocument } from '../../domain/eps/wire/signature-document.ts';
import { signatureOf } from '../../domain/eps/wire/prescription-signature.ts';
import { signedInfo } from '../../domain/eps/wire/signed-info.ts';
import type { HashName } from '../../domain/eps/wire/signed-info.ts';
import { isRevoked, issuersOf, wasValid } from '../../domain/eps/wire/trust.ts';
import type { Trust } from '../../domain/eps/wire/trust.ts';
import { parseLossless } from '../../fhir/lossless-json.ts';

const RSA = 'RSASSA-PKCS1-v1_5';

const encoder = new TextEncoder();

export async function base64Digest(text: string, hash: HashName): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest(hash, encoder.encode(text)));
  return btoa(String.fromCharCode(...bytes));
}

/** Base64 of bytes that are UTF-8; null where they are not. */
export function decodedText(base64: string): string | null {
  const bytes = fromBase64(base64);
  if (bytes === null) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

interface Signed {
  readonly publicKey: Uint8Array;
  readonly hash: NonNullable<Certificate['hash']>;
  readonly signature: Uint8Array;
  readonly bytes: Uint8Array;
}

async function isSigned({ bytes, hash, publicKey, signature }: Signed): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('spki', publicKey, { name: RSA, hash }, false, ['verify']);
    return await crypto.subtle.verify(RSA, key, signature, bytes);
  } catch {
    // Another kind of key, or none at all: it signed nothing here.
    return false;
  }
}

/** What is wrong with the signature of an order as it was sent; nothing where it counts. */
export async function signatureFaults(orderText: string, now: number, trust: Trust): Promise<readonly string[]> {
  return bundleSignatureFaults(parseLossless(orderText), now, trust);
}

export async function bundleSignatureFaults(bundle: unknown, now: number, trust: Trust): Promise<readonly string[]> {
  const { data, signedAt } = signatureOf(bundle);
  const xml = decodedText(data);
  const document = xml === null ? null : readSignature(xml);
  if (document === null) return ['Invalid signature format'];
  if (/(?:BEGIN|END) CERTIFICATE/.test(document.certificate)) return ['Multiple certificates detected'];
  const der = fromBase64(document.certificate);
  const certificate = der === null ? null : readCertificate(der);
  if (certificate === null) return ['Invalid certificate'];
  const at = signedAt ?? now;
  const issuers = await vouching(trust, certificate, at);
  const told: readonly (readonly [boolean, string])[] = [
    [!(await isSignedBy(document, certificate)), 'Signature is invalid'],
    [!(await matches(document, bundle, now)), "Signature doesn't match prescription"],
    [isRevoked(trust, certificate, at), 'Certificate is revoked'],
    [issuersOf(trust, certificate).some((issuer) => isRevoked(trust, issuer, at)), 'CA certificate is revoked'],
    [!wasValid(certificate, at), 'Certificate expired when signed'],
    [issuers.length === 0, 'Certificate not trusted'],
  ];
  return told.flatMap(([wrong, text]) => (wrong ? [text] : []));
}

function isSignedBy(document: SignatureDocument, { publicKey }: Certificate): Promise<boolean> {
  const signature = fromBase64(document.signatureValue);
  if (signature === null) return Promise.resolve(false);
  return isSigned({ publicKey, hash: document.hash, signature, bytes: encoder.encode(document.signedInfo) });
}

/** What was signed must be what would be signed of this very prescription. */
async function matches(document: SignatureDocument, bundle: unknown, now: number): Promise<boolean> {
  const fragments = prescriptionFragments(bundle, { now });
  if (fragments.kind === 'invalid') return false;
  const digest = await base64Digest(fragments.text, document.hash);
  return signedInfo(digest, document.hash) === document.signedInfo;
}

/** The trusted authorities whose key signed the certificate, and which were valid themselves at the time. */
async function vouching(trust: Trust, leaf: Certificate, at: number): Promise<readonly Certificate[]> {
  const { hash, signature, signed: bytes } = leaf;
  if (hash === null) return [];
  const candidates = issuersOf(trust, leaf).filter((issuer) => wasValid(issuer, at));
  const vouched = await Promise.all(candidates.map(({ publicKey }) => isSigned({ publicKey, hash, signature, bytes })));
  return candidates.filter((_, index) => vouched[index]);
}
