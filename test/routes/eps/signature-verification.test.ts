import { describe, expect, test } from 'vitest';
import { readCertificate, readRevocationList } from '../../../src/domain/eps/wire/certificate.ts';
import type { Certificate } from '../../../src/domain/eps/wire/certificate.ts';
import type { Trust } from '../../../src/domain/eps/wire/trust.ts';
import { prepareDigest } from '../../../src/routes/eps/prepare-digest.ts';
import { bundleSignatureFaults, signatureFaults } from '../../../src/routes/eps/signature-verification.ts';
import { makeCertificate, makeRevocationList } from '../../support/certificate-maker.ts';
import type { Made } from '../../support/certificate-maker.ts';
import { order, signatureText, signed } from '../../support/prescription-order.ts';

const NOW = Date.UTC(2026, 2, 13, 10, 0, 0);
const LEAF_LIST = 'http://crl.test/leaf.crl';
const ROOT_LIST = 'http://crl.test/root.crl';

const authority = makeCertificate({ name: 'Test CA', authority: true, serial: 4097, revocationList: ROOT_LIST });
const signer = makeCertificate({ name: 'Signer', issuer: authority, serial: 4099, revocationList: LEAF_LIST });

const parsed = ({ der }: Made): Certificate => {
  const certificate = readCertificate(der);
  if (certificate === null) throw new Error('no certificate');
  return certificate;
};

function trust(lists: Readonly<Record<string, string>> = {}, ...authorities: readonly Made[]): Trust {
  const all = authorities.length === 0 ? [authority] : authorities;
  const entries = Object.entries(lists).map(([address, base64]) => {
    const list = readRevocationList(Buffer.from(base64, 'base64'));
    if (list === null) throw new Error('no list');
    return [address, list] as const;
  });
  return { authorities: all.map(parsed), revocationLists: new Map(entries) };
}

async function signedOrder(
  by: Pick<Made, 'base64' | 'privateKey'> = signer,
  wish = {},
): Promise<ReturnType<typeof order>> {
  const unsigned = order(wish);
  const prepared = await prepareDigest(unsigned, 'SHA-256', NOW);
  if (prepared.kind === 'invalid') throw new Error(JSON.stringify(prepared));
  return signed(unsigned, prepared, signatureText(prepared.digest, by));
}

const withData = (bundle: ReturnType<typeof order>, change: (xml: string) => string): ReturnType<typeof order> => {
  const copy = structuredClone(bundle);
  const [signature] = (copy.entry.at(-1)?.resource['signature'] ?? []) as { data: string }[];
  if (signature === undefined) throw new Error('no signature');
  signature.data = Buffer.from(change(Buffer.from(signature.data, 'base64').toString())).toString('base64');
  return copy;
};

// Every key is made anew, which takes a slow machine seconds.
describe('signatures', { timeout: 60_000 }, () => {
  test('EPS-W20 a prescription signed by a certificate of a trusted authority has no fault', async () => {
    expect(await signatureFaults(JSON.stringify(await signedOrder()), NOW, trust())).toEqual([]);
  });

  test('EPS-W21 a document without signed information, value or certificate is told alone', async () => {
    const good = await signedOrder();
    const faults = (change: (xml: string) => string) => bundleSignatureFaults(withData(good, change), NOW, trust());
    const wrong = ['Invalid signature format'];
    expect(await faults((xml) => xml.replace(/<SignedInfo.*<\/SignedInfo>/, ''))).toEqual(wrong);
    expect(await faults((xml) => xml.replace(/<SignatureValue>.*<\/SignatureValue>/, ''))).toEqual(wrong);
    expect(await faults((xml) => xml.replace(/<X509Certificate>.*<\/X509Certificate>/, ''))).toEqual(wrong);
    expect(await faults((xml) => xml.replace('</Signature>', ''))).toEqual(wrong);
    expect(await faults(() => 'not XML')).toEqual(wrong);
    expect(await faults(() => '')).toEqual(wrong);
    expect(await bundleSignatureFaults(order(), NOW, trust())).toEqual(wrong);
  });

  test('EPS-W22 several certificates, or none that can be read, are told alone', async () => {
    const good = await signedOrder();
    const several = withData(good, (xml) => xml.replace(signer.base64, authority.pem + signer.pem));
    expect(await bundleSignatureFaults(several, NOW, trust())).toEqual(['Multiple certificates detected']);
    const broken = withData(good, (xml) => xml.replace(signer.base64, signer.base64.slice(0, 400)));
    expect(await bundleSignatureFaults(broken, NOW, trust())).toEqual(['Invalid certificate']);
  });

  test('EPS-W23 a value that another key made, and a prescription changed since, are both told', async () => {
    const stranger = makeCertificate({ name: 'Signer', issuer: authority, serial: 5000 });
    const forged = await signedOrder({ base64: signer.base64, privateKey: stranger.privateKey });
    expect(await bundleSignatureFaults(forged, NOW, trust())).toEqual(['Signature is invalid']);
    const changed = JSON.stringify(await signedOrder()).replace('One daily', 'Two daily');
    expect(await signatureFaults(changed, NOW, trust())).toEqual(["Signature doesn't match prescription"]);
    const digits = JSON.stringify(await signedOrder()).replace('"value":28,', '"value":28.0,');
    expect(await signatureFaults(digits, NOW, trust())).toEqual(["Signature doesn't match prescription"]);
  });

  test('EPS-W24 white space between the elements of the document does not matter', async () => {
    const spaced = withData(await signedOrder(), (xml) => xml.replaceAll('><', '>\n  <'));
    expect(await bundleSignatureFaults(spaced, NOW, trust())).toEqual([]);
  });

  test('EPS-W25 the certificate counts from the moment after its beginning to the moment before its end', async () => {
    const early = makeCertificate({ name: 'Early', issuer: authority, from: NOW + 1000 });
    const late = makeCertificate({ name: 'Late', issuer: authority, until: NOW });
    const told = ['Certificate expired when signed'];
    expect(await bundleSignatureFaults(await signedOrder(early), NOW, trust())).toEqual(told);
    expect(await bundleSignatureFaults(await signedOrder(late), NOW, trust())).toEqual(told);
  });

  test('EPS-W26 only an authority of the trust store, by name, key and signature, makes a certificate trusted', async () => {
    const good = await signedOrder();
    const other = makeCertificate({ name: 'Other CA', authority: true });
    const namesake = makeCertificate({ name: 'Test CA', authority: true });
    const impostor = makeCertificate({ name: 'Signer', issuer: { ...namesake, keyId: authority.keyId } });
    const told = ['Certificate not trusted'];
    expect(await bundleSignatureFaults(good, NOW, trust({}, other))).toEqual(told);
    expect(await bundleSignatureFaults(good, NOW, trust({}, namesake))).toEqual(told);
    expect(await bundleSignatureFaults(good, NOW, { authorities: [], revocationLists: new Map() })).toEqual(told);
    expect(await bundleSignatureFaults(await signedOrder(impostor), NOW, trust())).toEqual(told);
    const nameless = makeCertificate({ name: 'Nameless', issuer: authority, withoutAuthorityKey: true });
    expect(await bundleSignatureFaults(await signedOrder(nameless), NOW, trust())).toEqual(told);
    const leafAsIssuer = makeCertificate({ name: 'Below', issuer: signer });
    expect(await bundleSignatureFaults(await signedOrder(leafAsIssuer), NOW, trust({}, signer))).toEqual(told);
  });

  test('EPS-W27 a revoked certificate counts for what it signed before, unless its key was compromised', async () => {
    const good = await signedOrder();
    const faults = (at: number, reason?: number) => {
      const entry = { serial: signer.serial, at, ...(reason === undefined ? {} : { reason }) };
      return bundleSignatureFaults(good, NOW, trust({ [LEAF_LIST]: makeRevocationList(authority, [entry]) }));
    };
    expect(await faults(NOW - 1000)).toEqual(['Certificate is revoked']);
    expect(await faults(NOW, 5)).toEqual(['Certificate is revoked']);
    expect(await faults(NOW + 1000, 4)).toEqual([]);
    expect(await faults(NOW + 1000, 1)).toEqual(['Certificate is revoked']);
    const others = trust({ [LEAF_LIST]: makeRevocationList(authority, [{ serial: 7, at: NOW - 1000 }]) });
    expect(await bundleSignatureFaults(good, NOW, others)).toEqual([]);
    const empty = trust({ [LEAF_LIST]: makeRevocationList(authority, []) });
    expect(await bundleSignatureFaults(good, NOW, empty)).toEqual([]);
  });

  test('EPS-W28 a revoked authority is told as such', async () => {
    const list = makeRevocationList(authority, [{ serial: authority.serial, at: NOW - 1000 }]);
    const told = ['CA certificate is revoked'];
    expect(await bundleSignatureFaults(await signedOrder(), NOW, trust({ [ROOT_LIST]: list }))).toEqual(told);
  });

  test('EPS-W29 everything that is wrong with a readable signature is told, in one order', async () => {
    const expired = makeCertificate({
      name: 'Old',
      issuer: signer,
      until: NOW - 1000,
      serial: 4100,
      revocationList: LEAF_LIST,
    });
    const forged = await signedOrder({ base64: expired.base64, privateKey: signer.privateKey });
    const changed = JSON.parse(JSON.stringify(forged).replace('One daily', 'Two daily')) as unknown;
    const lists = { [LEAF_LIST]: makeRevocationList(authority, [{ serial: 4100, at: NOW, reason: 1 }]) };
    expect(await bundleSignatureFaults(changed, NOW, trust(lists))).toEqual([
      'Signature is invalid',
      "Signature doesn't match prescription",
      'Certificate is revoked',
      'Certificate expired when signed',
      'Certificate not trusted',
    ]);
  });
});
