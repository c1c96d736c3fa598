/** Arbitrary requests to any service: what clients really send, spoilt somewhere, and what no client would send. */
import fc from 'fast-check';

/** An address that a service serves, with documents that fit there. */
export interface Place {
  readonly method: string;
  readonly path: string;
  readonly documents?: readonly unknown[];
  readonly type?: string;
}

export interface Wild {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const word = fc.stringMatching(/^[!-~]{0,20}$/);
const anyText = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed());
/** The bytes that a header may carry; workerd complains aloud about each that is no ASCII. */
const headerText = (ascii: boolean) =>
  fc.stringMatching(ascii ? /^[\x21-\x7e]{0,40}$/ : /^[\x21-\x7e\xa0-\xff]{0,40}$/);
const json = fc.jsonValue({ maxDepth: 3 });

const HORRORS = [
  '[[[['.repeat(50),
  '{"a":'.repeat(60),
  '1e999',
  '"\\ud800"',
  '{"a":[],"a":[]}',
  '{"__proto__":{"x":1},"constructor":{}}',
  '\ufeff{}',
  'null',
  '[]',
  '',
];

const spoil = (value: unknown, at: number, other: unknown): string => {
  let left = at;
  return JSON.stringify(value, (_name, inner: unknown) => (left-- === 0 ? other : inner)) ?? '';
};

const cut = (text: string, at: number): string => text.slice(0, at % (text.length + 1));

const stained = (text: string, at: number, stain: string): string => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + stain + text.slice(place + 1);
};

const textOf = (document: unknown): string => (typeof document === 'string' ? document : JSON.stringify(document));

function bodyFor(documents: readonly unknown[]): fc.Arbitrary<string | Uint8Array> {
  const document = documents.length === 0 ? json : fc.constantFrom(...documents);
  return fc.oneof(
    { weight: 2, arbitrary: document.map(textOf) },
    { weight: 5, arbitrary: fc.tuple(document, fc.nat(80), json).map(([value, at, other]) => spoil(value, at, other)) },
    fc.tuple(document, fc.nat()).map(([value, at]) => cut(textOf(value), at)),
    fc.tuple(document, fc.nat(), word).map(([value, at, stain]) => stained(textOf(value), at, stain)),
    json.map((value) => JSON.stringify(value)),
    anyText,
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom(...HORRORS),
  );
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

const parameter = fc
  .tuple(fc.oneof(word, fc.constantFrom('patient', '__proto__', '_count', 'at')), fc.oneof(word, anyText))
  .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);

/** The address as it is, with one piece changed, or with more behind it. */
const addressFrom = (path: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(path) },
    fc
      .tuple(fc.nat(), word)
      .map(([at, stain]) => `/${stained(path.slice(1), at, encodeURIComponent(stain)).replaceAll('#', '%23')}`),
    anyText.map((text) => `${path}/${encodeURIComponent(text)}`),
    fc.constantFrom('%', '%00', '%2e%2e', '/../', '%C3%28', ';x=1').map((end) => path + end),
    fc
      .array(parameter, { maxLength: 4 })
      .map((parameters) => `${path}${path.includes('?') ? '&' : '?'}${parameters.join('&')}`),
  );

/**
 * `usual`: headers without which a service would not even look. Each is right most of the time, otherwise something else
 * or absent.
 */
export function wildRequest(
  places: readonly Place[],
  usual: Readonly<Record<string, string>>,
  ascii = false,
): fc.Arbitrary<Wild> {
  const headers = fc.tuple(
    ...Object.entries(usual).map(([name, value]) =>
      fc
        .oneof(
          { weight: 12, arbitrary: fc.constant(value) },
          { weight: 1, arbitrary: headerText(ascii) },
          { weight: 1, arbitrary: fc.constant('') },
        )
        .map((given) => [name, given] as const),
    ),
  );
  return fc.constantFrom(...places).chain(({ method, path, documents = [], type }) =>
    fc
      .record({
        method: fc.oneof(
          { weight: 9, arbitrary: fc.constant(method) },
          { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
        ),
        path: addressFrom(path),
        headers,
        type: fc.oneof(
          { weight: 9, arbitrary: fc.constant(type ?? 'application/json') },
          { weight: 1, arbitrary: headerText(ascii) },
        ),
        body: bodyFor(documents),
      })
      .map((made) => ({
        method: made.method,
        path: made.path,
        headers: {
          ...Object.fromEntries(made.headers.filter(([, value]) => value !== '')),
          ...(made.type === '' ? {} : { 'Content-Type': made.type }),
        },
        body: made.body,
      })),
  );
}

/** A path may be spoilt so much that it is no path any more; then nobody could send it. */
export function requestOf(origin: string, { method, path, headers, body }: Wild): Request | null {
  const bodied = method !== 'GET' && method !== 'HEAD';
  try {
    return new Request(origin + path, {
      method,
      headers,
      redirect: 'manual',
      ...(bodied ? { body: typeof body === 'string' ? body : new Uint8Array(body) } : {}),
    });
  } catch {
    return null;
  }
}
