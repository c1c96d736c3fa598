/** X.509 certificates and revocation lists: the parts that decide whether a signature counts. */
import {
  BIT_STRING,
  INTEGER,
  MalformedDer,
  OCTET_STRING,
  OID,
  SEQUENCE,
  childAt,
  childrenOf,
  hex,
  integerHex,
  oidText,
  readDer,
  timeOf,
} from './der.ts';
import type { Der } from './der.ts';

export interface Certificate {
  /** Hexadecimal. */
  readonly serial: string;
  /** Hexadecimal of the names as they are encoded. */
  readonly issuer: string;
  readonly subject: string;
  readonly from: number;
  readonly until: number;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** Key identifiers in hexadecimal; '' where there is none. */
  readonly subjectKey: string;
  readonly authorityKey: string;
  readonly mayIssue: boolean;
  /** Addresses of revocation lists. */
  readonly revocationLists: readonly string[];
  /** What its issuer signed, and the signature. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly hash: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512' | null;
}

const HASHES: ReadonlyMap<string, Certificate['hash']> = new Map([
  ['1.2.840.113549.1.1.5', 'SHA-1'],
  ['1.2.840.113549.1.1.11', 'SHA-256'],
  ['1.2.840.113549.1.1.12', 'SHA-384'],
  ['1.2.840.113549.1.1.13', 'SHA-512'],
]);

/** Null where the bytes are no certificate. */
export function readCertificate(bytes: Uint8Array): Certificate | null {
  try {
    return certificateOf(readDer(bytes));
  } catch (error) {
    if (error instanceof MalformedDer) return null;
    throw error;
  }
}

function certificateOf(whole: Der): Certificate {
  const outer = childrenOf(whole);
  const tbs = childAt(outer, 0, SEQUENCE);
  const fields = childrenOf(tbs);
  // The version is left out of the oldest certificates.
  const at = fields[0]?.tag === 0xa0 ? 1 : 0;
  const validity = childrenOf(childAt(fields, at + 3, SEQUENCE));
  const extensions = extensionsOf(fields.find(({ tag }) => tag === 0xa3));
  const algorithm = childAt(childrenOf(childAt(outer, 1, SEQUENCE)), 0, OID);
  return {
    serial: integerHex(childAt(fields, at, INTEGER)),
    issuer: hex(childAt(fields, at + 2, SEQUENCE).whole),
    subject: hex(childAt(fields, at + 4, SEQUENCE).whole),
    from: timeOf(childAt(validity, 0)),
    until: timeOf(childAt(validity, 1)),
    publicKey: childAt(fields, at + 5, SEQUENCE).whole,
    subjectKey: keyOf(extensions.get('2.5.29.14')),
    authorityKey: authorityOf(extensions.get('2.5.29.35')),
    mayIssue: mayIssue(extensions),
    revocationLists: distributionPoints(extensions.get('2.5.29.31')),
    signed: tbs.whole,
    signature: childAt(outer, 2, BIT_STRING).content.subarray(1),
    hash: HASHES.get(oidText(algorithm)) ?? null,
  };
}

function extensionsOf(holder: Der | undefined): ReadonlyMap<string, Der> {
  if (holder === undefined) return new Map();
  return new Map(
    childrenOf(childAt(childrenOf(holder), 0, SEQUENCE)).map((extension) => {
      const parts = childrenOf(extension);
      const value = childAt(parts, parts.length - 1, OCTET_STRING);
      return [oidText(childAt(parts, 0, OID)), readDer(value.content)];
    }),
  );
}

const keyOf = (extension: Der | undefined): string => (extension === undefined ? '' : hex(extension.content));

const authorityOf = (extension: Der | undefined): string => {
  const key = extension === undefined ? undefined : childrenOf(extension).find(({ tag }) => tag === 0x80);
  return key === undefined ? '' : hex(key.content);
};

/** A certificate authority whose key may sign certificates. */
function mayIssue(extensions: ReadonlyMap<string, Der>): boolean {
  const constraints = extensions.get('2.5.29.19');
  const flag = constraints === undefined ? undefined : childrenOf(constraints)[0];
  const usage = extensions.get('2.5.29.15')?.content;
  const signs = usage === undefined || ((usage[1] ?? 0) & 0x04) !== 0;
  return flag?.tag === 0x01 && flag.content[0] === 0xff && signs;
}

function distributionPoints(extension: Der | undefined): readonly string[] {
  if (extension === undefined) return [];
  return childrenOf(extension).flatMap((point) =>
    childrenOf(point)
      .filter(({ tag }) => tag === 0xa0)
      .flatMap((name) => childrenOf(name))
      .filter(({ tag }) => tag === 0xa0)
      .flatMap((full) => childrenOf(full))
      .filter(({ tag }) => tag === 0x86)
      .map(({ content }) => String.fromCharCode(...content)),
  );
}

export interface Revoked {
  readonly at: number;
  /** CRLReason; 0 where none is given. */
  readonly reason: number;
}

/** Revoked serial numbers. */
export type RevocationList = ReadonlyMap<string, Revoked>;

/** Null where the bytes are no revocation list. */
export function readRevocationList(bytes: Uint8Array): RevocationList | null {
  try {
    const fields = childrenOf(childAt(childrenOf(readDer(bytes)), 0, SEQUENCE));
    const at = fields[0]?.tag === INTEGER ? 1 : 0;
    // Algorithm, issuer, this update, perhaps the next one, then the list, which is left out when it is empty.
    const list = fields.slice(at + 3).find(({ tag }) => tag === SEQUENCE);
    return new Map(list === undefined ? [] : childrenOf(list).map(revoked));
  } catch (error) {
    if (error instanceof MalformedDer) return null;
    throw error;
  }
}

function revoked(entry: Der): [string, Revoked] {
  const [serial, at, extensions] = childrenOf(entry);
  if (serial === undefined || at === undefined) throw new MalformedDer();
  return [integerHex(serial), { at: timeOf(at), reason: reasonOf(extensions) }];
}

function reasonOf(extensions: Der | undefined): number {
  if (extensions === undefined) return 0;
  for (const extension of childrenOf(extensions)) {
    const parts = childrenOf(extension);
    if (oidText(childAt(parts, 0, OID)) !== '2.5.29.21') continue;
    return readDer(childAt(parts, parts.length - 1, OCTET_STRING).content).content[0] ?? 0;
  }
  return 0;
}
