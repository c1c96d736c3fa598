/** Reads messages of a session and writes their answers. */
import { LightRequest, smallName } from '../light-request.ts';
import type { IncomingRequest } from '../request-context.ts';
import type { PlainResponse } from '../respond.ts';
import { MAX_ID_CHARACTERS } from './limits.ts';

/** As sent: echoed with the answer, never looked into. */
export type MessageId = string | number;

export interface Message {
  readonly kind: 'message';
  readonly id: MessageId;
  readonly method: string;
  readonly path: string;
  /** Names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | null;
}

/** Headers that hold for all further messages. */
export interface Introduction {
  readonly kind: 'introduction';
  readonly headers: ReadonlyMap<string, string>;
}

/** `id`: null where the message has none that could be echoed. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly id: MessageId | null;
  readonly why: string;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (value: unknown): value is MessageId =>
  typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && value.length <= MAX_ID_CHARACTERS;

const METHOD = /^[A-Z]{1,16}$/;

export function readMessage(value: unknown): Message | Introduction | Unreadable {
  if (!isObject(value)) return { kind: 'unreadable', id: null, why: 'A message is an object' };
  const { id, method, path, body } = value;
  const headers = readHeaders(value['headers']);
  if (headers === null) return unreadable(id, 'headers holds names and texts');
  if (id === undefined && method === undefined && path === undefined) return { kind: 'introduction', headers };
  if (!isId(id)) return unreadable(null, 'id is a number or a text of at most 128 characters');
  if (typeof method !== 'string' || !METHOD.test(method)) return unreadable(id, 'method is a word in capital letters');
  if (typeof path !== 'string' || !path.startsWith('/')) return unreadable(id, 'path begins with a slash');
  const bodiless = method === 'GET' || method === 'HEAD' || body === undefined || body === null;
  const text = bodiless ? null : typeof body === 'string' ? body : written(body);
  if (text === undefined) return unreadable(id, 'body is nested too deeply');
  return { kind: 'message', id, method, path, headers, body: text };
}

const unreadable = (id: unknown, why: string): Unreadable => ({ kind: 'unreadable', id: isId(id) ? id : null, why });

/** Undefined where the value cannot be written down again. */
function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

export const NO_HEADERS: ReadonlyMap<string, string> = new Map();

function readHeaders(value: unknown): ReadonlyMap<string, string> | null {
  if (value === undefined) return NO_HEADERS;
  if (!isObject(value)) return null;
  const headers = new Map<string, string>();
  for (const name in value) {
    const text = value[name];
    if (typeof text !== 'string') return null;
    const key = smallName(name);
    if (!isOfThePlatform(key)) headers.set(key, text);
  }
  return headers;
}

/** What the platform says of a caller is taken from the connection, never from a message. */
export const isOfThePlatform = (name: string): boolean =>
  name.startsWith('cf-') || name.startsWith('x-forwarded-') || name === 'x-real-ip' || name === 'content-length';

/** What holds for every message of a session. */
export interface Connection {
  readonly origin: string;
  readonly cf: IncomingRequest['cf'];
  /** Names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Characters that an address keeps as they are; a dot segment makes it another address. */
const PLAIN_PATH = /^\/[\w\-.~!$&()*+,;=:@%/?]*$/;

/** Null where the path makes no address here. */
export function requestOf(
  message: Message,
  connection: Connection,
  introduced: ReadonlyMap<string, string>,
): IncomingRequest | null {
  const { method, path, headers, body } = message;
  const url = addressOf(connection.origin, path);
  if (url === null) return null;
  const header = (name: string): string | undefined =>
    headers.get(name) ?? introduced.get(name) ?? connection.headers.get(name);
  return new LightRequest({ method, url, body, header, cf: connection.cf });
}

function addressOf(origin: string, path: string): string | null {
  if (PLAIN_PATH.test(path) && !path.includes('/.')) return origin + path;
  const url = URL.parse(origin + path);
  if (url === null || url.origin !== origin) return null;
  url.hash = '';
  return url.href;
}

/** Of no use without caches and browsers. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Cache-Control', 'X-Content-Type-Options']);

/** The answer as a message. A body of ours that is JSON goes in as it is; any other text as a JSON string. */
export function writeAnswer(id: MessageId | null, { status, headers, body }: PlainResponse): string {
  let text = `{"id":${JSON.stringify(id)},"status":${status},"headers":{`;
  let separator = '';
  for (const name in headers) {
    if (LEFT_OUT.has(name)) continue;
    text += `${separator}"${name}":${JSON.stringify(headers[name])}`;
    separator = ',';
  }
  if (body === null || body === '') return `${text}}}`;
  const isJson = JSON_TYPES.has(headers['Content-Type'] ?? '');
  return `${text}},"body":${isJson ? body : JSON.stringify(body)}}`;
}

const JSON_TYPES: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json']);
