/** JSON values as Python prints them: the wire texts of PDS quote values that way. */
import type { Json } from './json.ts';

const TOO_LONG = '<json too long to display>';
const LONGEST = 1000;

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
const NEEDS_ESCAPE = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

function quoted(text: string): string {
  const body = text.replace(NEEDS_ESCAPE, escaped);
  if (!body.includes("'")) return `'${body}'`;
  return body.includes('"') ? `'${body.replaceAll("'", "\\'")}'` : `"${body}"`;
}

function number(value: number): string {
  return Object.is(value, -0) ? '0' : String(value).replace(/^(-?\d+(?:\.\d+)?)e([+-])(\d)$/, '$1e$20$3');
}

/** `repr(value)`. */
export function pythonRepr(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return number(value);
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  return `{${Object.keys(value)
    .map((name) => `${quoted(name)}: ${pythonRepr(value[name] ?? null)}`)
    .join(', ')}}`;
}

/** `str(value)`: as repr, but a string stands bare. */
export const pythonStr = (value: Json): string => (typeof value === 'string' ? value : pythonRepr(value));

/** As repr, with the service's own stand-in for what is too long to show. */
export function shownRepr(value: Json): string {
  const text = pythonRepr(value);
  return text.length > LONGEST ? TOO_LONG : text;
}

/** As str, with the service's own stand-in for what is too long to show. */
export function shownStr(value: Json): string {
  const text = pythonStr(value);
  return text.length > LONGEST ? TOO_LONG : text;
}

/** `str(type(value))`. */
export function pythonClass(value: Json): string {
  if (typeof value === 'string') return "<class 'str'>";
  if (typeof value === 'number') return Number.isInteger(value) ? "<class 'int'>" : "<class 'float'>";
  if (value === null || value === undefined) return "<class 'NoneType'>";
  if (typeof value === 'boolean') return "<class 'bool'>";
  return Array.isArray(value) ? "<class 'list'>" : "<class 'dict'>";
}
