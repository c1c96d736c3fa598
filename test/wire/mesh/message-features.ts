/** Features of a message's life: sent, listed, fetched, acknowledged, tracked. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { A, B, C, errorIn, idIn } from './expectations.ts';
import type { Feature, World } from './expectations.ts';

const IDENTITY = { 'accept-encoding': 'identity' };

async function sendMany(
  world: World,
  count: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await world.client.send(A, B, `message ${n}`, headers));
  return ids;
}

export const MESSAGE_FEATURES: readonly Feature[] = [
  {
    name: 'MESH-M06 send: taken, or refused with the right words',
    async check(world) {
      world.expect.holds('202 with an id', /^\d{20}_[0-9A-F]{6}$/.test(idIn(await world.outbox('x'))));
      const cases: readonly (readonly [Record<string, string>, string, readonly unknown[]])[] = [
        [{ 'mex-subject': 'a\tb' }, 'x', [400, 'TRANSFER', '06', 'MalformedControlFile']],
        [{ 'mex-workflowid': 'https://x' }, 'x', [400, 'TRANSFER', '06', 'MalformedControlFile']],
        [{ 'mex-content-checksum': 'a{b}' }, 'x', [400, 'SEND', 'Invalid checksum', 'Invalid checksum']],
        [{ 'mex-to': ' ' }, 'x', [400, 'SEND', '08', 'TO_DTS missing']],
        [{ 'mex-to': 'NOSUCH' }, 'x', [417, 'SEND', '12', 'Unregistered to address']],
        [{ 'mex-to': 'NOSUCH' }, '', [417, 'SEND', '12', 'Unregistered to address']],
        [{}, '', [417, 'COLLECT', '02', 'Data file is missing or inaccessible.']],
        [{ 'mex-from': C }, 'x', [417, 'SEND', '07', 'Invalid From Address in the control file']],
        [
          { 'content-encoding': 'br' },
          'x',
          [422, 'SEND', 'UnsupportedContentEncoding', 'Unsupported content encoding'],
        ],
      ];
      for (const [headers, body, wanted] of cases) {
        world.expect.same(JSON.stringify(headers), errorIn(await world.outbox(body, headers)), wanted);
      }
      world.expect.same('too long', (await world.outbox('x', { 'mex-localid': 'x'.repeat(301) })).status, 400);
      world.expect.same('as long as may be', (await world.outbox('x', { 'mex-localid': 'x'.repeat(300) })).status, 202);
      world.expect.same('trimmed and upper case', (await world.outbox('x', { 'mex-to': ' x26abc2 ' })).status, 202);
    },
  },
  {
    name: 'MESH-M07 the inbox lists what waits, oldest first',
    async check(world) {
      await world.reset();
      const ids = await sendMany(world, 3);
      const { json } = await world.get(`${B}/inbox`);
      const links = { self: `/messageexchange/${B}/inbox` };
      world.expect.same('v2', json, { messages: ids, links, approx_inbox_count: 3 });
      world.expect.same('v1', (await world.v1(`${B}/inbox`)).json, { messages: ids });
      world.expect.same('others', (await world.v1(`${C}/inbox`)).json, { messages: [] });
    },
  },
  {
    name: 'MESH-M08 paging holds its place while messages are acknowledged',
    async check(world) {
      await world.reset();
      const ids = await sendMany(world, 25);
      type Page = { messages: string[]; links: { self: string; next?: string }; approx_inbox_count: number };
      const seen: string[] = [];
      const sizes: number[] = [];
      let path: string | undefined = `/messageexchange/${B}/inbox?max_results=10`;
      while (path !== undefined) {
        const page: Page = (await world.client.call('GET', path)).json as Page;
        sizes.push(page.messages.length);
        seen.push(...page.messages);
        for (const id of page.messages) await world.put(`${B}/inbox/${id}/status/acknowledged`);
        path = page.links.next;
      }
      world.expect.same('pages', sizes, [10, 10, 5]);
      world.expect.same('each once, in order', seen, ids);
      const more = await sendMany(world, 12);
      const second = await world.v1(`${B}/inbox?max_results=10&continue_from=${more[9]}`);
      world.expect.same('v1 goes on from the last seen', second.json, { messages: more.slice(10) });
      for (const query of ['max_results=9', 'max_results=5001', 'max_results=x', 'continue_from=short']) {
        world.expect.same(query, (await world.get(`${B}/inbox?${query}`)).status, 400);
      }
    },
  },
  {
    name: 'MESH-M09 six forms of the workflow filter',
    async check(world) {
      await world.reset();
      for (const workflow of ['GP_REC', 'GP_REC_ACK', 'LAB_REC', 'gp_rec'])
        await world.client.send(A, B, 'x', { 'mex-workflowid': workflow });
      const counts = async (filter: string) =>
        (await world.client.inbox(B, `?workflow_filter=${encodeURIComponent(filter)}`)).length;
      for (const [filter, count] of [
        ['GP_REC', 1],
        ['!GP_REC', 3],
        ['GP_*', 2],
        ['!GP_*', 2],
        ['*_REC*', 3],
        ['!*_REC*', 1],
      ] as const) {
        world.expect.same(filter, await counts(filter), count);
      }
      world.expect.same('too short', (await world.get(`${B}/inbox?workflow_filter=x`)).status, 400);
    },
  },
  {
    name: 'MESH-M10 download: bytes, headers, and who may not',
    async check(world) {
      const facts = {
        'mex-localid': 'local-1',
        'mex-partnerid': 'P1',
        'mex-filename': 'a.txt',
        'mex-subject': 'hello',
        'content-type': 'text/plain',
        'mex-content-encrypted': 'yes',
        'mex-content-compressed': 'N',
        'mex-content-checksum': 'md5 1:2-3',
      };
      const id = await world.client.send(A, B, 'four bytes', facts);
      const { status, headers, text } = await world.get(`${B}/inbox/${id.toLowerCase()}`, { headers: IDENTITY });
      world.expect.same('bytes', [status, text], [200, 'four bytes']);
      const wanted = {
        'mex-from': A,
        'mex-to': B,
        'mex-workflowid': 'TEST_WORKFLOW',
        'mex-chunk-range': '1:1',
        'mex-total-chunks': '1',
        'mex-addresstype': 'ALL',
        'mex-localid': 'local-1',
        'mex-partnerid': 'P1',
        'mex-filename': 'a.txt',
        'mex-subject': 'hello',
        'mex-version': '1.0',
        'mex-messagetype': 'DATA',
        'mex-messageid': id,
        'mex-statuscode': '00',
        'mex-statusevent': 'TRANSFER',
        'mex-statusdescription': 'Transferred to recipient mailbox',
        'mex-statussuccess': 'SUCCESS',
        'mex-content-encrypted': 'Y',
        'mex-content-checksum': 'md5 1:2-3',
        'mex-content-type': 'text/plain',
        'content-type': 'text/plain; charset=utf-8',
      };
      for (const [name, value] of Object.entries(wanted)) world.expect.same(name, headers[name], value);
      world.expect.holds('no empty header', headers['mex-content-compressed'] === undefined);
      world.expect.holds('GMT', (headers['last-modified'] ?? '').endsWith('GMT'));
      world.expect.same(
        'v1 type',
        (await world.v1(`${B}/inbox/${id}`)).headers['content-type'],
        'application/octet-stream',
      );
      world.expect.same('unknown', errorIn(await world.get(`${B}/inbox/20210311101813838554_1B8F53`)), [
        404,
        'RECEIVE',
        '20',
        'Message does not exist',
      ]);
      world.expect.same('of another', errorIn(await world.get(`${C}/inbox/${id}`)), [403, '', '', 'Forbidden']);
      await world.put(`${B}/inbox/${id}/status/acknowledged`);
      world.expect.same('gone', errorIn(await world.get(`${B}/inbox/${id}`)), [
        410,
        'SEND',
        'Message already accepted',
        'Message no longer available for download',
      ]);
    },
  },
  {
    name: 'MESH-M11 HEAD tells the headers, to recipient and sender',
    async check(world) {
      const id = await world.client.send(A, B, 'x');
      const head = (mailbox: string) => world.client.call('HEAD', `/messageexchange/${mailbox}/inbox/${id}`);
      for (const mailbox of [A, B]) {
        const { status, headers, bytes } = await head(mailbox);
        world.expect.same(mailbox, [status, headers['mex-messageid'], bytes.length], [200, id, 0]);
      }
      world.expect.same('others', (await head(C)).status, 404);
      await world.put(`${B}/inbox/${id}/status/acknowledged`);
      world.expect.same('afterwards', [(await head(A)).status, (await head(B)).status], [200, 410]);
    },
  },
  {
    name: 'MESH-M12 acknowledge: out of the inbox, once or often',
    async check(world) {
      await world.reset();
      const id = await world.client.send(A, B, 'x');
      world.expect.same('by the sender', (await world.put(`${A}/inbox/${id}/status/acknowledged`)).status, 403);
      world.expect.same(
        'unknown',
        (await world.put(`${B}/inbox/20210311101813838554_1B8F53/status/acknowledged`)).status,
        404,
      );
      const first = await world.v1(`${B}/inbox/${id}/status/acknowledged`, 'PUT', { body: '{"messageId":"x"}' });
      world.expect.same('v1', [first.status, first.json], [200, { messageId: id }]);
      const again = await world.put(`${B}/inbox/${id}/status/acknowledged`);
      world.expect.same('again, v2', [again.status, again.text], [200, '']);
      world.expect.same('not listed', await world.client.inbox(B), []);
    },
  },
  {
    name: 'MESH-M13 the deprecated count',
    async check(world) {
      await world.reset();
      await sendMany(world, 2);
      world.expect.same('v2', (await world.get(`${B}/count`)).json, { count: 2 });
      const { count, internalID, allResultsIncluded } = (await world.v1(`${B}/count`)).json as Record<string, unknown>;
      world.expect.same('v1', [count, typeof internalID, allResultsIncluded], [2, 'string', true]);
    },
  },
  {
    name: 'MESH-M14 gzip: passed on, taken off, put on',
    async check(world) {
      const plain = 'compress me '.repeat(200);
      const zipped = gzipSync(plain);
      const id = await world.client.send(A, B, zipped, { 'content-encoding': 'gzip', 'content-type': 'text/plain' });
      const passed = await world.get(`${B}/inbox/${id}`, { headers: { 'accept-encoding': 'gzip' } });
      world.expect.same(
        'as it came',
        [passed.headers['content-encoding'], passed.headers['mex-content-compressed'], passed.bytes.equals(zipped)],
        ['gzip', 'Y', true],
      );
      const off = await world.get(`${B}/inbox/${id}`, { headers: IDENTITY });
      world.expect.same('taken off', [off.headers['content-encoding'], off.text], [undefined, plain]);
      const other = await world.client.send(A, B, plain);
      const on = await world.get(`${B}/inbox/${other}`, { headers: { 'accept-encoding': 'gzip, deflate' } });
      world.expect.same('put on', [on.headers['content-encoding'], gunzipSync(on.bytes).toString()], ['gzip', plain]);
      const first = await world.v1(`${B}/inbox/${other}`, 'GET', { headers: { 'accept-encoding': 'gzip' } });
      world.expect.same('not for v1', [first.headers['content-encoding'], first.text], [undefined, plain]);
      const stream = await world.client.call('POST', `/messageexchange/${A}/outbox`, {
        chunked: true,
        body: zipped,
        headers: { 'mex-to': B, 'mex-workflowid': 'W', 'content-encoding': 'gzip', 'mex-chunk-range': '1:1' },
      });
      world.expect.same('a body without a length', stream.status, 202);
      world.expect.same(
        'its bytes',
        (await world.get(`${B}/inbox/${idIn(stream)}`, { headers: IDENTITY })).text,
        plain,
      );
    },
  },
  {
    name: 'MESH-M18 tracking by message id, for the sender alone',
    async check(world) {
      const id = await world.client.send(A, B, 'x', { 'mex-localid': 'track-me' });
      const { status, status_success, recipient, local_id, recipient_name } = await world.tracked(id);
      world.expect.same(
        'v2',
        [status, status_success, recipient, local_id, recipient_name],
        ['accepted', true, B, 'track-me', 'TESTMB2'],
      );
      const old = (await world.v1(`${A}/outbox/tracking?messageID=${id}`)).json as Record<string, unknown>;
      world.expect.same(
        'v1',
        [old['status'], old['dtsId'], old['addressType'], old['fileSize'], old['downloadTimestamp']],
        ['Accepted', id, 'ALL', 1, ''],
      );
      world.expect.same('recipient', (await world.get(`${B}/outbox/tracking?messageID=${id}`)).status, 404);
      world.expect.same('unknown', (await world.get(`${A}/outbox/tracking?messageID=NONE`)).status, 404);
      world.expect.same('no id', (await world.get(`${A}/outbox/tracking`)).status, 400);
      await world.put(`${B}/inbox/${id}/status/acknowledged`);
      world.expect.same('collected', (await world.tracked(id))['status'], 'acknowledged');
    },
  },
  {
    name: 'MESH-M19 tracking by local id: none, one, several',
    async check(world) {
      const local = `local-${Date.now()}`;
      const status = async () => (await world.get(`${A}/outbox/tracking/${local}`)).status;
      world.expect.same('none', await status(), 404);
      const id = await world.client.send(A, B, 'x', { 'mex-localid': local });
      const { json } = await world.get(`${A}/outbox/tracking/${local}`);
      world.expect.same('one', (json as { messageId: string }).messageId, id);
      await world.client.send(A, C, 'x', { 'mex-localid': local });
      world.expect.same('several', await status(), 300);
    },
  },
];
