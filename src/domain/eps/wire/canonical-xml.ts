/** Writes XML in its exclusive canonical form (xml-exc-c14n): no self-closing tags, attributes sorted, the namespace first. */

type Attributes = Readonly<Record<string, string | undefined>>;

const TEXT: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const VALUE: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;', '\r': '&#xD;' };

/** Most values are plain: looking is cheaper than replacing. */
const PLAIN = /^[^&<>"\t\f\r\n]*$/;

export const text = (value: string): string =>
  PLAIN.test(value) ? value : value.replace(/[&<>\r]/g, (letter) => TEXT[letter] ?? letter);

/** White space within an attribute is a space by the rules of XML itself. */
const attributeValue = (value: string): string => (PLAIN.test(value) ? value : escapedValue(value));

const escapedValue = (value: string): string =>
  value
    .replace(/[\t\f]+/g, ' ')
    .replace(/\r?\n/g, ' ')
    .replace(/[&<"\r]/g, (letter) => VALUE[letter] ?? letter);

/** Absent values are left out. `children` are canonical already. */
export function element(name: string, attributes: Attributes = {}, ...children: readonly string[]): string {
  let head = '';
  for (const key of inOrder(Object.keys(attributes))) {
    const value = attributes[key];
    if (value !== undefined) head += ` ${key}="${attributeValue(value)}"`;
  }
  return `<${name}${head}>${children.join('')}</${name}>`;
}

/** Most are written in their order already. */
const inOrder = (keys: string[]): readonly string[] =>
  keys.every((key, index) => index === 0 || byCanon(keys[index - 1] ?? '', key) < 0) ? keys : keys.sort(byCanon);

const byCanon = (one: string, other: string): number => {
  if (one === 'xmlns' || other === 'xmlns') return one === 'xmlns' ? -1 : 1;
  return one < other ? -1 : 1;
};
