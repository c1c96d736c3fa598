/** Reads DER (X.690), as much of it as certificates and revocation lists need. */

export interface Der {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** The bytes are not DER. */
export class MalformedDer extends Error {
  override readonly name = 'MalformedDer';
}

export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OID = 0x06;

function lengthAt(bytes: Uint8Array, offset: number): { length: number; start: number } {
  const first = bytes[offset];
  if (first === undefined) throw new MalformedDer();
  if (first < 0x80) return { length: first, start: offset + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new MalformedDer();
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + (bytes[offset + i] ?? 0);
  return { length, start: offset + 1 + count };
}

export function readDer(bytes: Uint8Array, offset = 0): Der {
  const tag = bytes[offset];
  // Long tags do not occur in certificates.
  if (tag === undefined || (tag & 0x1f) === 0x1f) throw new MalformedDer();
  const { length, start } = lengthAt(bytes, offset + 1);
  const end = start + length;
  if (end > bytes.length) throw new MalformedDer();
  return { tag, whole: bytes.subarray(offset, end), content: bytes.subarray(start, end) };
}

export function childrenOf({ content }: Der): readonly Der[] {
  const children: Der[] = [];
  for (let offset = 0; offset < content.length;) {
    const child = readDer(content, offset);
    children.push(child);
    offset += child.whole.length;
  }
  return children;
}

/** The child at a position; a document that lacks it is malformed. */
export function childAt(children: readonly Der[], index: number, tag?: number): Der {
  const child = children[index];
  if (child === undefined || (tag !== undefined && child.tag !== tag)) throw new MalformedDer();
  return child;
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A serial number: hexadecimal without leading zeros. */
export const integerHex = ({ content }: Der): string => hex(content).replace(/^(?:00)+(?=.)/, '');

export function oidText({ content }: Der): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = parts;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

/** UTCTime or GeneralizedTime, in milliseconds since 1970. */
export function timeOf({ content, tag }: Der): number {
  const text = String.fromCharCode(...content);
  const parts = /^(\d{2,4}?)(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null || (tag !== 0x17 && tag !== 0x18)) throw new MalformedDer();
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const full = tag === 0x18 ? year : year < 50 ? 2000 + year : 1900 + year;
  return Date.UTC(full, month - 1, day, hour, minute, second);
}
