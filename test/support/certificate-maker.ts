/** Makes certificates and revocation lists for tests: DER written by hand, signed by node. */
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
};

const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const text = (value: string): Buffer => Buffer.from(value, 'latin1');

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const septets = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) septets.unshift((left & 127) | 128);
    bytes.push(...septets);
  }
  return tlv(6, Buffer.from(bytes));
}

const time = (at: number): Buffer => tlv(0x18, text(`${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}Z`));
const nameOf = (common: string): Buffer => sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(12, text(common)))));
const RSA_SHA256 = sequence(oid('1.2.840.113549.1.1.11'), tlv(5));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), tlv(4, value));

export interface Made {
  readonly name: string;
  readonly serial: number;
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly der: Buffer;
  readonly base64: string;
  readonly pem: string;
}

export interface Wish {
  readonly name: string;
  readonly serial?: number;
  /** Absent: signed by itself. */
  readonly issuer?: Pick<Made, 'name' | 'keyId' | 'privateKey'>;
  readonly authority?: boolean;
  readonly from?: number;
  readonly until?: number;
  readonly revocationList?: string;
  readonly withoutAuthorityKey?: boolean;
}

const signedBy = (key: KeyObject, tbs: Buffer): Buffer => {
  const signature = createSign('RSA-SHA256').update(tbs).sign(key);
  return sequence(tbs, RSA_SHA256, tlv(3, Buffer.from([0]), signature));
};

export function makeCertificate(wish: Wish): Made {
  const { authority = false, from = Date.UTC(2020, 0, 1), name, serial = 4096, until = Date.UTC(2048, 0, 1) } = wish;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyId = randomBytes(20);
  const issuer = wish.issuer ?? { name, keyId, privateKey };
  const { revocationList } = wish;
  const extensions = [
    extension('2.5.29.19', authority ? sequence(tlv(1, Buffer.from([255]))) : sequence()),
    extension('2.5.29.15', tlv(3, Buffer.from(authority ? [1, 6] : [6, 192]))),
    extension('2.5.29.14', tlv(4, keyId)),
    ...(wish.withoutAuthorityKey === true ? [] : [extension('2.5.29.35', sequence(tlv(0x80, issuer.keyId)))]),
    ...(revocationList === undefined
      ? []
      : [extension('2.5.29.31', sequence(sequence(tlv(0xa0, tlv(0xa0, tlv(0x86, text(revocationList)))))))]),
  ];
  const tbs = sequence(
    tlv(0xa0, tlv(2, Buffer.from([2]))),
    tlv(2, Buffer.from([serial >> 8, serial & 255])),
    RSA_SHA256,
    nameOf(issuer.name),
    sequence(time(from), time(until)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  );
  const der = signedBy(issuer.privateKey, tbs);
  const base64 = der.toString('base64');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
  return { name, serial, keyId, publicKey, privateKey, der, base64, pem };
}

export interface RevokedSerial {
  readonly serial: number;
  readonly at: number;
  readonly reason?: number;
}

/** Base64 of a revocation list. */
export function makeRevocationList(issuer: Made, revoked: readonly RevokedSerial[]): string {
  const entries = revoked.map(({ at, reason, serial }) =>
    sequence(
      tlv(2, Buffer.from([serial >> 8, serial & 255])),
      time(at),
      ...(reason === undefined ? [] : [sequence(extension('2.5.29.21', tlv(10, Buffer.from([reason]))))]),
    ),
  );
  const tbs = sequence(
    tlv(2, Buffer.from([1])),
    RSA_SHA256,
    nameOf(issuer.name),
    time(Date.UTC(2026, 0, 1)),
    time(Date.UTC(2027, 0, 1)),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
  );
  return signedBy(issuer.privateKey, tbs).toString('base64');
}
