/** Features of large messages: chunks up, chunks down. */
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { A, B, errorIn, idIn } from './expectations.ts';
import type { Feature } from './expectations.ts';

const GENERAL = { message: 'An internal error occurred.\n\nPlease contact support.' };
const IDENTITY = { 'accept-encoding': 'identity' };
const RANGE_REFUSED = [417, 'SEND', 'InvalidHeaderChunks', 'Invalid chunk values sent in mex-Chunk-Range header'];

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const CHUNK_FEATURES: readonly Feature[] = [
  {
    name: 'MESH-M15 chunks go up in any order, may be replaced, and stay hidden until the last',
    async check(world) {
      await world.reset();
      const { expect } = world;
      for (const range of ['2:2', '0:1', '1:0', 'a:b', '1', '1:2:3'])
        expect.same(range, errorIn(await world.outbox('x', { 'mex-chunk-range': range })), RANGE_REFUSED);
      const id = idIn(await world.outbox('one', { 'mex-chunk-range': '1:4', 'mex-localid': 'chunks' }));
      expect.same('tracked', (await world.tracked(id))['status'], 'uploading');
      expect.same('hidden', [await world.client.inbox(B), (await world.get(`${B}/inbox/${id}`)).status], [[], 410]);
      expect.same('third before second', (await world.chunk(id, '3:4', 'three')).status, 202);
      expect.same('last over a hole', errorIn(await world.chunk(id, '4:4', 'four')), RANGE_REFUSED);
      expect.same('still uploading', (await world.tracked(id))['status'], 'uploading');
      expect.same('second', (await world.chunk(id, '2:4', 'wrong')).status, 202);
      expect.same('second again', (await world.chunk(id, '2:4', 'two')).status, 202);
      expect.same('no range', errorIn(await world.post(`${A}/outbox/${id}/2`, 'x')), RANGE_REFUSED);
      expect.same(
        'range and address differ',
        (await world.post(`${A}/outbox/${id}/2`, 'x', { 'mex-chunk-range': '3:4' })).status,
        417,
      );
      const beyond = await world.chunk(id, '5:5', 'x');
      expect.same('beyond the total', [beyond.status, beyond.json], [406, GENERAL]);
      expect.same('other encoding', errorIn(await world.chunk(id, '2:4', 'x', { 'content-encoding': 'gzip' })), [
        417,
        '',
        '',
        'cannot change content encoding',
      ]);
      expect.same(
        'of another',
        (await world.post(`${B}/outbox/${id}/2`, 'x', { 'mex-chunk-range': '2:4' })).status,
        403,
      );
      expect.same('unknown', (await world.chunk('20210311101813838554_1B8F53', '2:4', 'x')).status, 404);
      const last = await world.chunk(id, '4:4', 'four');
      expect.same('last', [last.status, last.json], [202, { message_id: id }]);
      expect.same('listed', await world.client.inbox(B), [id]);
      const late = await world.chunk(id, '4:4', 'four');
      expect.same('afterwards', [late.status, late.json], [423, GENERAL]);
      const texts: string[] = [];
      for (const n of [1, 2, 3, 4]) texts.push((await world.get(`${B}/inbox/${id}/${n}`, { headers: IDENTITY })).text);
      expect.same('what was sent last', texts, ['one', 'two', 'three', 'four']);
      const old = idIn(await world.outbox('one', { 'mex-chunk-range': ' 1 : 2 ' }));
      const first = await world.v1(`${A}/outbox/${old}/2`, 'POST', {
        headers: { 'mex-chunk-range': '2:2' },
        body: 'x',
      });
      expect.same('v1', first.json, { messageID: old, blockID: 2 });
    },
  },
  {
    name: 'MESH-M16 chunks come down one by one, each its own gzip stream',
    async check(world) {
      const parts = ['first part', 'second part', 'third'];
      const gzip = { 'content-encoding': 'gzip' };
      const id = idIn(await world.outbox(gzipSync(parts[0] ?? ''), { 'mex-chunk-range': '1:3', ...gzip }));
      for (const n of [2, 3]) await world.chunk(id, `${n}:3`, gzipSync(parts[n - 1] ?? ''), gzip);
      for (const [index, text] of parts.entries()) {
        const n = index + 1;
        const plain = await world.get(`${B}/inbox/${id}/${n}`, { headers: IDENTITY });
        world.expect.same(
          `chunk ${n}`,
          [plain.status, plain.headers['mex-chunk-range'], plain.text],
          [n < 3 ? 206 : 200, `${n}:3`, text],
        );
        const zipped = await world.get(`${B}/inbox/${id}/${n}`, { headers: { 'accept-encoding': 'gzip' } });
        world.expect.same(
          `chunk ${n} zipped`,
          [zipped.headers['content-encoding'], zipped.bytes.equals(gzipSync(text))],
          ['gzip', true],
        );
        world.expect.same('type', zipped.headers['content-type'], 'application/octet-stream');
      }
      world.expect.same('beyond', (await world.get(`${B}/inbox/${id}/4`)).status, 404);
      world.expect.same('before', (await world.get(`${B}/inbox/${id}/0`)).status, 400);
    },
  },
  {
    name: 'MESH-M17 large chunks come back byte for byte',
    async check(world) {
      const parts = [0, 1, 2].map(() => randomBytes(3 * 1024 * 1024));
      const id = idIn(await world.outbox(parts[0] ?? '', { 'mex-chunk-range': '1:3' }));
      for (const n of [2, 3])
        world.expect.same(`up ${n}`, (await world.chunk(id, `${n}:3`, parts[n - 1] ?? '')).status, 202);
      for (const [index, part] of parts.entries()) {
        const { bytes } = await world.get(`${B}/inbox/${id}/${index + 1}`, { headers: IDENTITY });
        world.expect.same(`down ${index + 1}`, digest(bytes), digest(part));
      }
      const large = randomBytes(20 * 1024 * 1024);
      const streamed = await world.client.call('POST', `/messageexchange/${A}/outbox`, {
        chunked: true,
        body: large,
        headers: { 'mex-to': B, 'mex-workflowid': 'W' },
      });
      world.expect.same('without a length', streamed.status, 202);
      const back = await world.get(`${B}/inbox/${idIn(streamed)}`, { headers: IDENTITY });
      world.expect.same(
        'its bytes',
        [digest(back.bytes), back.headers['content-length']],
        [digest(large), String(large.length)],
      );
    },
  },
];
