import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedResponse, type Reply, ResponseParser } from '../../bench/generator/response-parser.ts';

interface Sent {
  readonly status: number;
  readonly etag: string;
  readonly chunks: readonly Uint8Array[];
  readonly framing: 'length' | 'chunked';
  readonly interim: boolean;
}

const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
const response: fc.Arbitrary<Sent> = fc.record({
  status: fc.constantFrom(200, 201, 204, 304, 400, 404, 409, 503),
  etag: fc.constantFrom('', 'W/"1"', 'W/"123456"'),
  chunks: fc.array(chunk, { maxLength: 4 }),
  framing: fc.constantFrom('length', 'chunked'),
  interim: fc.boolean(),
});

function bodiless({ status }: Sent): boolean {
  return status === 204 || status === 304;
}

function wire(sent: Sent): Buffer {
  const { status, etag, chunks, framing, interim } = sent;
  const before = interim ? 'HTTP/1.1 100 Continue\r\n\r\n' : '';
  const tag = etag === '' ? '' : `eTaG:  ${etag} \r\n`;
  const head = `${before}HTTP/1.1 ${status} Reason\r\nX-Other: a:b\r\n${tag}`;
  if (bodiless(sent)) return Buffer.from(`${head}\r\n`);
  const whole = Buffer.concat(chunks);
  if (framing === 'length')
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${whole.length}\r\n\r\n`), whole]);
  const pieces = chunks.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)};x=y\r\n`),
    piece,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([
    Buffer.from(`${head}Transfer-Encoding: Chunked\r\n\r\n`),
    ...pieces,
    Buffer.from('0\r\nTrailer: t\r\n\r\n'),
  ]);
}

function parseInPieces(bytes: Buffer, cuts: readonly number[], keepBody = true): Reply[] {
  const replies: Reply[] = [];
  const parser = new ResponseParser((reply) => replies.push(reply));
  parser.keepBody = keepBody;
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    // A copy of each piece: the parser must not rely on neighbouring bytes.
    if (to > from) parser.push(Buffer.from(bytes.subarray(from, to)));
    from = to;
  }
  expect(parser.end()).toBe(true);
  return replies;
}

describe('response parser', () => {
  test('any responses, cut anywhere, come out as they were sent', () => {
    const cases = fc.tuple(
      fc.array(response, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(2000), { maxLength: 30 }),
    );
    fc.assert(
      fc.property(cases, ([sent, cuts]) => {
        const replies = parseInPieces(Buffer.concat(sent.map(wire)), cuts);
        const expected = sent.map((one) => ({
          status: one.status,
          etag: one.etag,
          body: bodiless(one) ? '' : Buffer.concat(one.chunks).toString('hex'),
        }));
        expect(replies.map(({ status, etag, body }) => ({ status, etag, body: body?.toString('hex') }))).toEqual(
          expected,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('every single byte as its own packet', () => {
    const sent: Sent = {
      status: 200,
      etag: 'W/"2"',
      chunks: [Buffer.from('{"a"'), Buffer.from(':1}')],
      framing: 'chunked',
      interim: true,
    };
    const bytes = wire(sent);
    const [reply] = parseInPieces(bytes, Array.from(bytes.keys()));
    expect(reply?.body?.toString()).toBe('{"a":1}');
  });

  test('a body nobody wants is skipped, an error body is kept for its code', () => {
    const ok = wire({ status: 200, etag: '', chunks: [Buffer.from('abc')], framing: 'length', interim: false });
    const refused = wire({ status: 409, etag: '', chunks: [Buffer.from('why')], framing: 'length', interim: false });
    const replies = parseInPieces(Buffer.concat([ok, refused]), [5], false);
    expect(replies.map(({ body }) => body?.toString() ?? null)).toEqual([null, 'why']);
  });

  test('a body without framing ends with the connection', () => {
    const replies = parseInPieces(Buffer.from('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nrest of it'), [45]);
    expect(replies[0]?.body?.toString()).toBe('rest of it');
    expect(replies[0]?.closes).toBe(true);
  });

  test('what is not HTTP is refused at once', () => {
    const feed = (text: string): void => new ResponseParser(() => undefined).push(Buffer.from(text));
    expect(() => feed('SMTP ready\r\n\r\n')).toThrow(MalformedResponse);
    expect(() => feed('HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n')).toThrow(MalformedResponse);
    expect(() => feed('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')).toThrow(MalformedResponse);
    expect(() => feed('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc')).toThrow(MalformedResponse);
    expect(() => feed('x'.repeat(70_000))).toThrow(MalformedResponse);
  });
});
