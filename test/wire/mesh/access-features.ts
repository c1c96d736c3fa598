/** Features of the door: handshake, tokens, versions, lookups. */
import { randomUUID } from 'node:crypto';
import { meshToken } from '../../support/mesh-client.ts';
import { A, B, errorIn, V1 } from './expectations.ts';
import type { Feature } from './expectations.ts';

const HELLO = { 'mex-clientversion': 'test==1', 'mex-osname': 'Linux', 'mex-osversion': '6' };

export const ACCESS_FEATURES: readonly Feature[] = [
  {
    name: 'MESH-M01 handshake in both versions and methods',
    async check({ client, expect }) {
      for (const method of ['GET', 'POST']) {
        const second = await client.call(method, `/messageexchange/${A}`, { headers: HELLO });
        expect.same(`${method} v2`, [second.status, second.text], [200, '']);
        const first = await client.call(method, `/messageexchange/${A.toLowerCase()}`, {
          headers: { ...HELLO, accept: V1 },
        });
        expect.same(`${method} v1`, [first.status, first.json], [200, { mailboxId: A }]);
        const { 'mex-osname': _left, ...less } = HELLO;
        expect.same(
          'a header is missing',
          (await client.call(method, `/messageexchange/${A}`, { headers: less })).status,
          400,
        );
      }
    },
  },
  {
    name: 'MESH-M02 tokens: signed by mailbox password and shared key',
    async check(world) {
      const tries = [
        [meshToken(A, { password: 'other' }), 'Invalid Authentication Token'],
        [meshToken(A, { sharedKey: 'other' }), 'Invalid Authentication Token'],
        [meshToken(B), 'Mailbox id does not match token'],
        [meshToken(A).replace('NHSMESH ', ''), 'Error reading from Authorization header'],
        [`${meshToken(A)}:more`, 'Error reading from Authorization header'],
        [meshToken(A).replace(/:0:/, ':x:'), 'Error reading from Authorization header'],
        ['', 'Error reading from Authorization header'],
      ] as const;
      for (const [authorization, text] of tries) {
        world.expect.same(text, errorIn(await world.get(`${A}/inbox`, { authorization })), [403, '', '', text]);
      }
      world.expect.same('unknown mailbox', errorIn(await world.get('NOSUCH/inbox')), [
        403,
        'SEND',
        'EPL-151',
        'No mailbox matched',
      ]);
      world.expect.same('good token', (await world.get(`${A}/inbox`)).status, 200);
    },
  },
  {
    name: 'MESH-M03 a token is good once, also when used eight times at once',
    async check(world) {
      const authorization = meshToken(A);
      world.expect.same('first', (await world.get(`${A}/inbox`, { authorization })).status, 200);
      const again = await world.get(`${A}/count`, { authorization });
      world.expect.same('second', errorIn(again), [403, '', '', 'Error Duplicated Authentication Token']);
      const one = meshToken(A);
      const all = await Promise.all(Array.from({ length: 8 }, () => world.get(`${A}/inbox`, { authorization: one })));
      world.expect.same(
        'eight at once',
        all.map(({ status }) => status).sort((a, b) => a - b),
        [200, 403, 403, 403, 403, 403, 403, 403],
      );
      const nonce = randomUUID();
      const counted = await Promise.all(
        [3, 1, 2].map((count) => world.get(`${A}/count`, { authorization: meshToken(A, { nonce, count }) })),
      );
      world.expect.same(
        'one nonce, other counts, any order',
        counted.map(({ status }) => status),
        [200, 200, 200],
      );
      const sending = meshToken(A);
      const headers = { 'mex-to': B, 'mex-workflowid': 'M03' };
      const send = () =>
        world.client.call('POST', `/messageexchange/${A}/outbox`, { authorization: sending, headers, body: 'x' });
      world.expect.same(
        'a repeated send',
        (await Promise.all([send(), send(), send()])).map(({ status }) => status).sort((a, b) => a - b),
        [202, 403, 403],
      );
    },
  },
  {
    name: 'MESH-M04 a token is good two hours around its time',
    async check(world) {
      for (const [shift, status] of [
        [110, 200],
        [-110, 200],
        [180, 403],
        [-180, 403],
      ] as const) {
        world.expect.same(
          `${shift} minutes`,
          (await world.get(`${A}/inbox`, { authorization: meshToken(A, { shift }) })).status,
          status,
        );
      }
      for (const timestamp of ['garbage', '202613312359', '202602301200', '']) {
        world.expect.same(
          timestamp,
          (await world.get(`${A}/inbox`, { authorization: meshToken(A, { timestamp }) })).status,
          403,
        );
      }
    },
  },
  {
    name: 'MESH-M05 the Accept header chooses the version of every answer',
    async check(world) {
      const types = async (accept: string) => {
        const { status, headers } = await world.get(`${A}/inbox`, { headers: { accept } });
        return [status, headers['content-type']];
      };
      world.expect.same('v1', await types('application/vnd.mesh.v1+json'), [200, V1]);
      world.expect.same('anything', await types('*/*'), [200, V1]);
      world.expect.same('v2', await types('application/vnd.mesh.v2+json;q=1'), [200, 'application/vnd.mesh.v2+json']);
      world.expect.same('v3', await types('application/vnd.mesh.v3+json'), [200, 'application/vnd.mesh.v2+json']);
      for (const accept of ['application/vnd.mesh.vX+json', 'text/html, application/vnd.mesh.v2+json']) {
        const refused = await world.get(`${A}/inbox`, { headers: { accept } });
        world.expect.same(
          accept,
          [refused.status, (refused.json as { errorDescription: string }).errorDescription],
          [400, 'Accept header api format incorrect'],
        );
      }
      const stranger = await world.get(`${A}/inbox`, {
        headers: { accept: 'application/vnd.mesh.vX+json' },
        authorization: meshToken(A, { password: 'x' }),
      });
      world.expect.same('the token comes first', stranger.status, 403);
      const { status, headers } = await world.client.call('DELETE', `/messageexchange/${A}/inbox`);
      world.expect.same('another method', [status, headers.allow], [405, 'GET']);
      world.expect.same('no such path', (await world.get(`${A}/nowhere/at/all/here`)).json, { detail: 'Not Found' });
    },
  },
  {
    name: 'MESH-M20 lookups: receivers of a workflow, for one organisation or all',
    async check(world) {
      const found = await world.get('endpointlookup/X26/TEST_WORKFLOW', { authorization: '' });
      world.expect.same('v2', found.json, { results: [{ mailbox_id: B, mailbox_name: 'TESTMB2' }] });
      const old = (await world.v1('endpointlookup/X26/TEST_WORKFLOW')).json as { query_id?: string; results: unknown };
      world.expect.same(
        'v1',
        [typeof old.query_id, old.results],
        ['string', [{ address: B, description: 'TESTMB2', endpoint_type: 'MESH' }]],
      );
      world.expect.same('another organisation', (await world.get('endpointlookup/X99/TEST_WORKFLOW')).json, {
        results: [],
      });
      world.expect.same('codes keep their case', (await world.get('endpointlookup/x26/TEST_WORKFLOW')).json, {
        results: [],
      });
      world.expect.same('no organisation', errorIn(await world.get('endpointlookup/%20/TEST_WORKFLOW')), [
        400,
        '',
        '',
        'ods code missing',
      ]);
      world.expect.same('no workflow', errorIn(await world.get('endpointlookup/X26/%20')), [
        400,
        '',
        '',
        'workflow id missing',
      ]);
      const all = (await world.get('workflowsearch/TEST_WORKFLOW2')).json as { results: { mailbox_id: string }[] };
      world.expect.same(
        'all receivers',
        all.results.map(({ mailbox_id }) => mailbox_id),
        ['X26ABC1', 'X26ABC2', 'X26ABC3'],
      );
      world.expect.same('unknown workflow', (await world.get('workflowsearch/NONE')).json, { results: [] });
      const oldest = await world.client.call('GET', '/endpointlookup/mesh/X26/TEST_WORKFLOW', { authorization: '' });
      world.expect.same('the oldest address', oldest.status, 200);
    },
  },
];
