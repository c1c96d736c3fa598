/** The XHTML of narratives: read into a tree, refused where it is no well-formed narrative, written back. */

export interface XhtmlElement {
  readonly name: string;
  /** In their order; values are raw, entities included. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: XhtmlNode[];
}

/** Text is raw: entities stand as they were sent, so writing it back changes nothing. */
export type XhtmlNode = XhtmlElement | string;

/** FHIR narratives hold no active content, no frames, no forms and nothing from outside. */
const FORBIDDEN = new Set(
  'script style link base head body html meta iframe frame frameset object embed applet form input button select textarea svg math'.split(
    ' ',
  ),
);

const DEPTH_MAX = 64;
const MARKUP =
  /<!--[\s\S]*?-->|<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITY = /&(?!(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)/;

/** The root element, or what is wrong with the text. */
export function parseXhtml(text: string): XhtmlElement | string {
  const roots: XhtmlNode[] = [];
  const open: XhtmlElement[] = [];
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('<', at);
    const raw = text.slice(at, next === -1 ? text.length : next);
    if (raw !== '') {
      if (ENTITY.test(raw)) return 'Unable to parse XHTML - invalid entity';
      (open.at(-1)?.children ?? roots).push(raw);
    }
    if (next === -1) break;
    MARKUP.lastIndex = next;
    const markup = MARKUP.exec(text);
    if (markup === null) return 'Unable to parse XHTML - malformed markup';
    at = MARKUP.lastIndex;
    if (markup[2] === undefined) continue;
    const fault = step(open, roots, markup);
    if (fault !== null) return fault;
  }
  if (open.length > 0) return `Unable to parse XHTML - '${open.at(-1)?.name ?? ''}' is not closed`;
  const elements = roots.filter((node) => typeof node !== 'string' || node.trim() !== '');
  const [root] = elements;
  return elements.length === 1 && root !== undefined && typeof root !== 'string'
    ? root
    : 'Unable to parse XHTML - there must be one root element';
}

function step(open: XhtmlElement[], roots: XhtmlNode[], markup: RegExpExecArray): string | null {
  const [, slash, name = '', attributeText = '', closed] = markup;
  if (slash === '/') return open.pop()?.name === name ? null : `Unable to parse XHTML - unexpected end of '${name}'`;
  if (FORBIDDEN.has(name.toLowerCase())) return `Invalid narrative - element '${name}' is not allowed`;
  const attributes = [...attributeText.matchAll(ATTRIBUTE)].map(
    ([, key = '', double, single]) => [key, double ?? (single ?? '').replaceAll('"', '&quot;')] as const,
  );
  const active = attributes.find(
    ([key, value]) => /^on/i.test(key) || /^\s*(?:javascript|data|vbscript):/i.test(unescapeXml(value)),
  );
  if (active !== undefined) return `Invalid narrative - attribute '${active[0]}' is not allowed`;
  const element: XhtmlElement = { name, attributes, children: [] };
  (open.at(-1)?.children ?? roots).push(element);
  if (closed !== '/') open.push(element);
  return open.length > DEPTH_MAX ? 'Unable to parse XHTML - nested too deep' : null;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

function codePoint(digits: string, base: number): string {
  const code = Number.parseInt(digits, base);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

export function unescapeXml(raw: string): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(/&(#x?)?([0-9A-Za-z]+);/g, (whole, hash: string | undefined, name: string) => {
    if (hash === undefined) return NAMED[name] ?? whole;
    return codePoint(name, hash === '#x' ? 16 : 10);
  });
}

export const textContent = (node: XhtmlNode): string =>
  typeof node === 'string' ? unescapeXml(node) : node.children.map(textContent).join('');

/** Without the text that is only space between elements. */
export function withoutBlanks(nodes: readonly XhtmlNode[]): XhtmlNode[] {
  return nodes.flatMap((node): XhtmlNode[] => {
    if (typeof node === 'string') return node.trim() === '' ? [] : [node];
    return [{ ...node, children: withoutBlanks(node.children) }];
  });
}

/** An empty cell is written with both its tags: browsers read `<td/>` as an open one. */
export function serializeXhtml(nodes: readonly XhtmlNode[]): string {
  let text = '';
  for (const node of nodes) {
    if (typeof node === 'string') {
      text += node;
      continue;
    }
    const attributes = node.attributes.map(([name, value]) => ` ${name}="${value}"`).join('');
    const bare = node.children.length === 0 && !(node.name === 'td' && node.attributes.length === 0);
    text += bare
      ? `<${node.name}${attributes}/>`
      : `<${node.name}${attributes}>${serializeXhtml(node.children)}</${node.name}>`;
  }
  return text;
}
