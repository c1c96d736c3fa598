/** The trust store as this isolate knows it: certificates of the deployment's settings and those that operators loaded. */
import { SIGNATURE_TRUST, SIGNATURE_TRUST_KEY } from '../../domain/eps/signature-trust.ts';
import type { TrustMaterial } from '../../domain/eps/signature-trust.ts';
import { readCertificate, readRevocationList } from '../../domain/eps/wire/certificate.ts';
import type { Certificate, RevocationList } from '../../domain/eps/wire/certificate.ts';
import { certificatesIn, fromBase64 } from '../../domain/eps/wire/pem.ts';
import type { Trust } from '../../domain/eps/wire/trust.ts';
import type { RequestContext } from '../request-context.ts';
import { standingOf } from '../standing.ts';

const NOTHING: TrustMaterial = { authorities: [], revocationLists: {} };

/** Parsed once for each material; the standing record keeps being one object while its body is the same. */
const parsed = new WeakMap<TrustMaterial, { readonly configured: string; readonly trust: Trust }>();

export async function trustOf({ now, settings, spine }: RequestContext): Promise<Trust> {
  const standing = standingOf(spine.identity);
  const material = (await standing.record<TrustMaterial>(SIGNATURE_TRUST, SIGNATURE_TRUST_KEY, now)) ?? NOTHING;
  const known = parsed.get(material);
  const configured = settings.signatureAuthorities;
  if (known?.configured === configured) return known.trust;
  const trust = readTrust(material, configured);
  parsed.set(material, { configured, trust });
  return trust;
}

function readTrust({ authorities, revocationLists }: TrustMaterial, configured: string): Trust {
  const certificates = [configured, ...authorities].flatMap(certificatesIn).map(readCertificate);
  const lists = Object.entries(revocationLists).flatMap(([address, base64]): [string, RevocationList][] => {
    const bytes = fromBase64(base64);
    const list = bytes === null ? null : readRevocationList(bytes);
    return list === null ? [] : [[address, list]];
  });
  return {
    authorities: certificates.filter((one): one is Certificate => one !== null),
    revocationLists: new Map(lists),
  };
}
