/** Reads the XML Signature that a prescriber sent: what was signed, the signature, the certificate. */
import { element, text } from './canonical-xml.ts';

export interface SignatureDocument {
  /** Canonical, with its namespace: the bytes that were signed. */
  readonly signedInfo: string;
  /** Base64, without white space. */
  readonly signatureValue: string;
  /** As it stands in the document. */
  readonly certificate: string;
  readonly hash: 'SHA-1' | 'SHA-256';
}

interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Node | string)[];
}

/** Deeper or longer documents are no signatures. */
const DEPTH_MAX = 16;
const NODES_MAX = 500;

const TOKEN =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s=<>/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decoded = (value: string): string =>
  value.replace(/&(?:#x([0-9A-Fa-f]{1,6})|#(\d{1,7})|(\w+));/g, (whole, hex: string, decimal: string, name: string) => {
    if (name) return ENTITIES[name] ?? whole;
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

const attributesOf = (source: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...source.matchAll(ATTRIBUTE)].map(([, name = '', double, single]) => [name, decoded(double ?? single ?? '')]),
  );

/** The root of a document without a document type; null where it is not well formed. */
function parse(source: string): Node | null {
  const top: Node = { name: '', attributes: {}, children: [] };
  const open: Node[] = [top];
  let nodes = 0;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const found = TOKEN.exec(source);
    const parent = open.at(-1);
    if (found === null || parent === undefined || ++nodes > NODES_MAX) return null;
    const [, cdata, closed, name, attributes = '', empty, characters] = found;
    if (closed !== undefined) {
      if (open.length === 1 || open.pop()?.name !== closed) return null;
    } else if (name !== undefined) {
      const node: Node = { name, attributes: attributesOf(attributes), children: [] };
      parent.children.push(node);
      if (empty === '') open.push(node);
      if (open.length > DEPTH_MAX) return null;
    } else if (cdata !== undefined) parent.children.push(cdata);
    else if (characters !== undefined) parent.children.push(decoded(characters));
  }
  const roots = top.children.filter((child) => typeof child !== 'string');
  return open.length === 1 && roots.length === 1 ? (roots[0] ?? null) : null;
}

const child = (node: Node | undefined, name: string): Node | undefined =>
  node?.children.find((one): one is Node => typeof one !== 'string' && one.name === name);

const content = (node: Node | undefined): string =>
  node?.children.filter((one) => typeof one === 'string').join('') ?? '';

/** White space between elements says nothing and is left out. */
function canonical({ attributes, children, name }: Node): string {
  const parts = children.map((one) => (typeof one !== 'string' ? canonical(one) : one.trim() === '' ? '' : text(one)));
  return element(name, attributes, ...parts);
}

/** The document as it was sent, in its canonical form; null where it is not well formed. */
export function canonicalDocument(xml: string): string | null {
  const root = parse(xml.replace(/^\uFEFF/, ''));
  return root === null ? null : canonical(root);
}

/** Null: not a signature, or one without the information, the value or the certificate. */
export function readSignature(xml: string): SignatureDocument | null {
  const root = parse(xml.replace(/^\uFEFF/, ''));
  const signature = root?.name === 'Signature' ? root : undefined;
  const info = child(signature, 'SignedInfo');
  const signatureValue = content(child(signature, 'SignatureValue')).replace(/\s/g, '');
  const certificate = content(child(child(child(signature, 'KeyInfo'), 'X509Data'), 'X509Certificate'));
  if (signature === undefined || info === undefined || signatureValue === '' || certificate.trim() === '') return null;
  const xmlns = signature.attributes['xmlns'];
  const namespaced = { ...info, attributes: xmlns === undefined ? {} : { xmlns } };
  const algorithm = child(info, 'SignatureMethod')?.attributes['Algorithm'] ?? '';
  return {
    signedInfo: canonical(namespaced),
    signatureValue,
    certificate,
    hash: algorithm.includes('rsa-sha256') ? 'SHA-256' : 'SHA-1',
  };
}
