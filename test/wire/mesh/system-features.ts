/** Features of the system around messages: reports, retention, registry, rich lists, test extras, many clients at once. */
import { meshToken } from '../../support/mesh-client.ts';
import { A, B, C, errorIn, idIn } from './expectations.ts';
import type { Feature } from './expectations.ts';

export const SYSTEM_FEATURES: readonly Feature[] = [
  {
    name: 'MESH-M21 what is not collected in five days is undeliverable, and the sender is told',
    async check(world) {
      await world.reset();
      const id = await world.client.send(A, B, 'x', { 'mex-localid': 'late', 'mex-subject': 'results' });
      world.expect.same(
        'the rule runs',
        (await world.admin('POST', `/messageexchange/admin/message/${id}/expire`)).status,
        200,
      );
      world.expect.same('out of the inbox', await world.client.inbox(B), []);
      world.expect.same('gone', (await world.get(`${B}/inbox/${id}`)).status, 410);
      const { status, status_success, status_code, status_event } = await world.tracked(id);
      world.expect.same(
        'tracked',
        [status, status_success, status_code, status_event],
        ['undeliverable', false, '14', 'SEND'],
      );
      let [report] = await world.client.inbox(A);
      for (let tries = 0; report === undefined && tries < 50; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        [report] = await world.client.inbox(A);
      }
      const { status: code, headers, bytes } = await world.get(`${A}/inbox/${report}`);
      world.expect.same('report', [code, bytes.length], [200, 0]);
      const wanted = {
        'mex-messagetype': 'REPORT',
        'mex-linkedmsgid': id,
        'mex-statuscode': '14',
        'mex-statusevent': 'SEND',
        'mex-statusdescription': 'Message not collected by recipient after 5 days',
        'mex-statussuccess': 'ERROR',
        'mex-workflowid': 'TEST_WORKFLOW',
        'mex-localid': 'late',
        'mex-subject': 'NDR: results',
        'mex-to': A,
        'mex-chunk-range': '1:0',
        'mex-total-chunks': '0',
        'mex-version': '1.0',
        'mex-addresstype': 'ALL',
      };
      for (const [name, value] of Object.entries(wanted)) world.expect.same(name, headers[name], value);
      world.expect.holds(
        'no sender, no encoding',
        headers['mex-from'] === undefined && headers['content-encoding'] === undefined,
      );
      await world.admin('POST', `/messageexchange/admin/message/${report}/expire`);
      world.expect.same('reports cause no reports', await world.client.inbox(A), []);
    },
  },
  {
    name: 'MESH-M22 reports are listed and acknowledged as messages are',
    async check(world) {
      await world.reset();
      const made = await world.admin('POST', '/messageexchange/admin/report', {
        mailbox_id: A,
        code: '21',
        description: 'Something else',
        workflow_id: 'W',
        subject: 'about',
        local_id: 'l',
        status: 'error',
        file_name: 'f.dat',
        linked_message_id: 'LINKED',
      });
      const id = idIn(made);
      world.expect.same(
        'listed',
        [await world.client.inbox(A), (await world.get(`${A}/count`)).json],
        [[id], { count: 1 }],
      );
      const { headers } = await world.get(`${A}/inbox/${id}`);
      const seen = [
        'mex-messagetype',
        'mex-statuscode',
        'mex-statusdescription',
        'mex-linkedmsgid',
        'mex-filename',
      ].map((name) => headers[name]);
      world.expect.same('headers', seen, ['REPORT', '21', 'Something else', 'LINKED', 'f.dat']);
      await world.put(`${A}/inbox/${id}/status/acknowledged`);
      world.expect.same('acknowledged', await world.client.inbox(A), []);
    },
  },
  {
    name: 'MESH-M23 message ids are never given twice',
    async check(world) {
      const sent = await Promise.all(
        Array.from({ length: 200 }, (_, n) => world.client.send([A, B, C][n % 3] ?? A, [B, C, A][n % 3] ?? B, 'x')),
      );
      world.expect.same('all different', new Set(sent).size, 200);
      world.expect.holds(
        'their form',
        sent.every((id) => /^\d{20}_[0-9A-F]{6}$/.test(id)),
      );
    },
  },
  {
    name: 'MESH-M24 only workflows flagged as restricted restrict anybody',
    async check(world) {
      const line = { workflow_id: 'CLOSED', senders: [A], receivers: [B], restricted: true };
      world.expect.same('registered', (await world.operator('POST', 'import', JSON.stringify(line))).status, 200);
      const send = async (from: string, to: string, workflow: string) =>
        errorIn(await world.outbox('x', { 'mex-to': to, 'mex-workflowid': workflow }, from)).slice(0, 3);
      world.expect.same('as listed', (await send(A, B, 'CLOSED'))[0], 202);
      world.expect.same('another sender', await send(C, B, 'CLOSED'), [417, 'SEND', '16']);
      world.expect.same('another recipient', await send(A, C, 'CLOSED'), [417, 'SEND', '17']);
      world.expect.same('a plain workflow, against its direction', (await send(B, A, 'TEST_WORKFLOW'))[0], 202);
    },
  },
  {
    name: 'MESH-M25 rich lists: any status, newest first, page by page',
    async check(world) {
      await world.reset();
      const ids: string[] = [];
      for (let n = 0; n < 12; n++) ids.unshift(await world.client.send(A, B, `${n}`));
      await world.put(`${B}/inbox/${ids[0]}/status/acknowledged`);
      type Rich = { messages: { message_id: string; status: string }[]; links: { next?: string } };
      for (const path of [`${B}/inbox/rich`, `${A}/outbox/rich`]) {
        const first = (await world.get(`${path}?max_results=10`)).json as Rich;
        const second = (await world.client.call('GET', first.links.next ?? '/none')).json as Rich;
        const seen = [...first.messages, ...second.messages];
        world.expect.same(
          path,
          seen.map(({ message_id }) => message_id),
          ids,
        );
        world.expect.same(
          'status',
          seen.slice(0, 2).map(({ status }) => status),
          ['acknowledged', 'accepted'],
        );
      }
      world.expect.same('bounds', (await world.get(`${A}/outbox/rich?max_results=9`)).status, 400);
    },
  },
  {
    name: 'MESH-M26 extras of test deployments',
    async check(world) {
      const id = await world.client.send(A, B, 'x');
      const mailbox = (await world.admin('GET', `/messageexchange/mailbox/${B}`)).json as Record<string, unknown>;
      world.expect.same('mailbox', Object.keys(mailbox).length, 7);
      const event = { status: 'error', code: '20', event: 'SEND', description: 'odd', linked_message_id: 'L' };
      world.expect.same('event', (await world.admin('POST', `/admin/message/${id}/event`, event)).status, 200);
      world.expect.same(
        'its effect',
        [(await world.tracked(id))['status'], (await world.get(`${B}/inbox/${id}`)).status],
        ['error', 410],
      );
      const { json } = await world.admin('GET', `/admin/message/${id}`);
      world.expect.same(
        'message',
        (json as { events: { status: string }[] }).events.map(({ status }) => status),
        ['error', 'accepted'],
      );
      world.expect.same('reset one', (await world.admin('DELETE', `/messageexchange/admin/reset/${B}`)).status, 200);
      world.expect.same(
        'is empty',
        [await world.client.inbox(B), (await world.get(`${A}/outbox/tracking?messageID=${id}`)).status],
        [[], 404],
      );
      world.expect.same('unknown', (await world.admin('DELETE', '/admin/reset/NOSUCH')).status, 404);
      const pings = [
        '/health',
        '/_status',
        '/_ping',
        '/healthcheck',
        '/messageexchange/_ping',
        '/messageexchange/deepping',
      ];
      for (const path of pings)
        world.expect.same(path, ((await world.admin('GET', path)).json as { outcome?: string }).outcome, 'Yes');
    },
  },
  {
    name: 'MESH-M28 many clients at once: each message once, in order per sender',
    async check(world) {
      await world.reset();
      const bodies = await Promise.all(
        Array.from({ length: 8 }, async (_, sender) => {
          const ids: string[] = [];
          for (let n = 0; n < 10; n++)
            ids.push(
              await world.client.send(sender % 2 === 0 ? A : C, B, `${sender}`, { 'mex-localid': `${sender}-${n}` }),
            );
          return ids;
        }),
      );
      const listed = await world.client.inbox(B);
      world.expect.same('all, once', [...listed].sort(), bodies.flat().sort());
      for (const ids of bodies)
        world.expect.same(
          'in order',
          listed.filter((id) => ids.includes(id)),
          ids,
        );
      const hello = { 'mex-clientversion': 'test==1', 'mex-osname': 'Linux', 'mex-osversion': '6' };
      const parallel = await Promise.all(
        Array.from({ length: 300 }, async () => [
          (await world.client.call('POST', `/messageexchange/${A}`, { headers: hello })).status,
          (await world.outbox('x')).status,
        ]),
      );
      world.expect.same('600 at once', parallel.filter(([shaken, sent]) => shaken !== 200 || sent !== 202).length, 0);
    },
  },
  {
    name: 'MESH-A01 mailboxes and workflows are administered behind the operator key',
    async check(world) {
      const facts = {
        mailbox_name: 'A practice',
        password: 'secret',
        ods_code: 'A1',
        org_code: 'A1',
        org_name: 'Practice',
      };
      world.expect.same('put', (await world.operator('PUT', 'mailboxes/TESTADMIN', JSON.stringify(facts))).status, 200);
      const { json } = await world.operator('GET', 'mailboxes/testadmin');
      const { mailbox_id, active, password, inbox_count } = json as Record<string, unknown>;
      world.expect.same('get', [mailbox_id, active, password, inbox_count], ['TESTADMIN', true, undefined, 0]);
      world.expect.same('its first message', (await world.outbox('x', { 'mex-to': 'TESTADMIN' })).status, 202);
      world.expect.same('deactivate', (await world.operator('DELETE', 'mailboxes/TESTADMIN')).status, 200);
      const shut = await world.get('TESTADMIN/inbox', {
        authorization: meshToken('TESTADMIN', { password: 'secret' }),
      });
      world.expect.same('inactive', errorIn(shut), [403, '', '', 'Request Received from Inactive Mailbox']);
      const bad = await world.operator('POST', 'import', '{"mailbox_id":"no good"}\n{"workflow_id":"FINE"}\nnot json');
      world.expect.same(
        'lines that fail are told',
        (bad.json as { failures: { line: number }[] }).failures.map(({ line }) => line),
        [1, 3],
      );
    },
  },
];
