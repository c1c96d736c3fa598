/** Mailboxes over several shards in real workerd: tokens, cross-shard sends, the walk of the five-day rule and of retention. */
import { abortAllDurableObjects, runInDurableObject, SELF } from 'cloudflare:test';
import { env, waitUntil } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { emptyNationalDatabase, bound } from '../support/national-database.ts';
import { mailboxes } from '../../src/actors/mailboxes.ts';
import type { MailboxShard } from '../../src/actors/mailbox-shard.ts';
import type { Env } from '../../src/actors/environment.ts';
import { mailboxShardCount, messageShard, shardOf } from '../../src/actors/addresses.ts';
import { MAILBOX, mailboxKey } from '../../src/domain/mesh/mailbox.ts';
import { DAY_MS } from '../../src/domain/mesh/message-state.ts';

const spine = env as unknown as Env;
const shards = mailboxShardCount(spine);
const IDS = ['PRACTICE', 'LABORATORY', 'HOSPITAL', 'CLINIC', 'PHARMACY', 'TRUST'];
/** Two mailboxes that live apart. */
const FROM = 'PRACTICE';
const TO = IDS.find((id) => shardOf(id, shards) !== shardOf(FROM, shards)) ?? '';

let counter = 0;

async function token(mailboxId: string, nonce = `n${counter++}`): Promise<string> {
  const timestamp = new Date().toISOString().slice(0, 16).replace(/[-:T]/g, '');
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode('TestKey'),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const hash = await crypto.subtle.sign('HMAC', key, encoder.encode(`${mailboxId}:${nonce}:0:secret:${timestamp}`));
  const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `NHSMESH ${mailboxId}:${nonce}:0:${timestamp}:${hex}`;
}

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
  readonly authorization?: string;
}

async function ask(
  method: string,
  mailboxId: string,
  path: string,
  { headers = {}, body, authorization }: Asked = {},
): Promise<Response> {
  return SELF.fetch(`https://spine.test/messageexchange/${mailboxId}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.mesh.v2+json',
      'accept-encoding': 'identity',
      ...headers,
      authorization: authorization ?? (await token(mailboxId)),
    },
    ...(body === undefined ? {} : { body }),
  });
}

async function send(body = 'x', more: Asked = {}): Promise<string> {
  const response = await ask('POST', FROM, '/outbox', {
    ...more,
    body,
    headers: { 'mex-to': TO, 'mex-workflowid': 'W', ...more.headers },
  });
  const { message_id: id } = await response.json<{ message_id: string }>();
  expect([response.status, typeof id]).toEqual([202, 'string']);
  return id;
}

async function inbox(mailboxId: string): Promise<string[]> {
  return (await (await ask('GET', mailboxId, '/inbox')).json<{ messages: string[] }>()).messages;
}

async function status(id: string): Promise<unknown> {
  return (await (await ask('GET', FROM, `/outbox/tracking?messageID=${id}`)).json<{ status?: string }>()).status;
}

const stub = (id: string) => spine.MAILBOX_SHARD.getByName(String(messageShard(id, shards)));

beforeAll(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
  const entries = IDS.map((mailboxId, line) => ({
    kind: MAILBOX,
    key: mailboxKey(mailboxId),
    command: {
      name: 'register-mailbox',
      mailbox: {
        mailboxId,
        mailboxName: '',
        odsCode: 'X1',
        orgCode: '',
        orgName: '',
        billingEntity: '',
        password: 'secret',
        active: true,
        registered: String(line),
      },
    },
  }));
  await mailboxes(spine, waitUntil).register(entries, { client: 'test', mode: 'test', rights: [] }, 'setup');
});

describe('over several shards', () => {
  test('MESH-R02 a message is kept where its recipient lives, and its id says where', async () => {
    expect(shardOf(FROM, shards)).not.toBe(shardOf(TO, shards));
    const id = await send('across');
    expect(messageShard(id, shards)).toBe(shardOf(TO, shards));
    expect(await inbox(TO)).toContain(id);
    expect(await (await ask('GET', TO, `/inbox/${id}`)).text()).toBe('across');
    expect(await status(id)).toBe('accepted');
  });

  test('MESH-M03 a token that was spent on a send across shards is spent for everything', async () => {
    const authorization = await token(FROM);
    await send('x', { authorization });
    expect((await ask('GET', FROM, '/inbox', { authorization })).status).toBe(403);
    const again = await ask('POST', FROM, '/outbox', {
      authorization,
      body: 'x',
      headers: { 'mex-to': TO, 'mex-workflowid': 'W' },
    });
    expect(again.status).toBe(403);
  });

  test('MESH-M03 the memory of tokens outlives the actor', async () => {
    const authorization = await token(FROM);
    expect((await ask('GET', FROM, '/count', { authorization })).status).toBe(200);
    await abortAllDurableObjects();
    expect((await ask('GET', FROM, '/count', { authorization })).status).toBe(403);
  });

  test('MESH-M03 a token given back after our own 503 is good again, and its send happens once', async () => {
    const authorization = await token(FROM);
    const id = await send('once', { authorization });
    const key = authorization.split(' ')[1]?.split(':').slice(0, 4).join(':') ?? '';
    await spine.MAILBOX_SHARD.getByName(String(shardOf(FROM, shards))).release(key);
    expect(await send('once', { authorization })).toBe(id);
    expect((await inbox(TO)).filter((listed) => listed === id)).toEqual([id]);
  });

  test('MESH-M03 the same within one shard, also after the actor was reset, and for the same message only', async () => {
    const authorization = await token(FROM);
    const headers = { 'mex-to': FROM, 'mex-workflowid': 'W' };
    const id = await send('once', { authorization, headers });
    const key = authorization.split(' ')[1]?.split(':').slice(0, 4).join(':') ?? '';
    const giveBack = () => spine.MAILBOX_SHARD.getByName(String(shardOf(FROM, shards))).release(key);
    await giveBack();
    await abortAllDurableObjects();
    expect(await send('once', { authorization, headers })).toBe(id);
    expect((await ask('GET', FROM, '/count', { authorization })).status).toBe(403);
    await giveBack();
    const other = await ask('POST', FROM, '/outbox', { authorization, headers, body: 'another' });
    expect(other.status).toBe(403);
    expect((await inbox(FROM)).filter((listed) => listed === id)).toEqual([id]);
  });

  test('MESH-R02 chunks across shards are stored apart from the record and removed with it', async () => {
    const range = (n: number) => ({ 'mex-chunk-range': `${n}:2` });
    const id = await send('first', { headers: range(1) });
    expect((await ask('POST', FROM, `/outbox/${id}/2`, { headers: range(2), body: 'wrong' })).status).toBe(202);
    expect((await ask('POST', FROM, `/outbox/${id}/2`, { headers: range(2), body: 'late' })).status).toBe(423);
    expect(await (await ask('GET', TO, `/inbox/${id}/2`)).text()).toBe('wrong');
    const before = (await spine.MESH_PAYLOADS.list()).objects.length;
    expect(before).toBe(2);
    await mailboxes(spine, waitUntil).reset(null);
    expect((await spine.MESH_PAYLOADS.list()).objects.length).toBe(0);
    expect(await inbox(TO)).toEqual([]);
  });
});

describe('the walks of housekeeping', () => {
  const sweep = (id: string, now: number) => runInDurableObject(stub(id), (shard: MailboxShard) => shard.sweep(now));
  const eventually = async (read: () => Promise<boolean>): Promise<boolean> => {
    for (let tries = 0; tries < 40; tries++) {
      if (await read()) return true;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  };

  test('MESH-M21 a wake-up is set for five days on; the walk expires what is old and tells the sender', async () => {
    const [kept, collected] = [await send('kept'), await send('collected')];
    await ask('PUT', TO, `/inbox/${collected}/status/acknowledged`);
    const due = await runInDurableObject(
      stub(kept),
      (_shard, state) =>
        state.storage.sql.exec<{ due: number }>(`SELECT due FROM wake_up WHERE name = 'mesh-retention'`).toArray()[0]
          ?.due,
    );
    expect(Math.abs((due ?? 0) - Date.now() - 5 * DAY_MS)).toBeLessThan(DAY_MS);
    await sweep(kept, Date.now() + 5 * DAY_MS - 60_000);
    expect(await status(kept)).toBe('accepted');
    await sweep(kept, Date.now() + 5 * DAY_MS + 1_000);
    expect([await status(kept), await status(collected)]).toEqual(['undeliverable', 'acknowledged']);
    expect(await inbox(TO)).toEqual([]);
    expect(await eventually(async () => (await inbox(FROM)).length === 1)).toBe(true);
    const [report = ''] = await inbox(FROM);
    const { headers } = await ask('GET', FROM, `/inbox/${report}`);
    expect([headers.get('mex-messagetype'), headers.get('mex-linkedmsgid')]).toEqual(['REPORT', kept]);
    await sweep(kept, Date.now() + 5 * DAY_MS + 2_000);
    expect(await inbox(FROM)).toEqual([report]);
  });

  test('MESH-M27 thirty days after it left the inbox a message is forgotten, and its bytes with it', async () => {
    const id = await send('a', { headers: { 'mex-chunk-range': '1:2' } });
    await ask('POST', FROM, `/outbox/${id}/2`, { headers: { 'mex-chunk-range': '2:2' }, body: 'b' });
    await ask('PUT', TO, `/inbox/${id}/status/acknowledged`);
    await sweep(id, Date.now() + 30 * DAY_MS - 60_000);
    expect(await status(id)).toBe('acknowledged');
    expect((await spine.MESH_PAYLOADS.list()).objects.length).toBe(2);
    await sweep(id, Date.now() + 30 * DAY_MS + 60_000);
    expect((await ask('GET', FROM, `/outbox/tracking?messageID=${id}`)).status).toBe(404);
    expect((await spine.MESH_PAYLOADS.list()).objects.length).toBe(0);
  });

  test('MESH-M27 bytes that no record knows are removed when no message can be that old', async () => {
    const day = new Date(Date.now() - 38 * DAY_MS).toISOString().slice(0, 10);
    await spine.MESH_PAYLOADS.put(`mesh/${day}/orphan`, 'x');
    const id = await send('young');
    await sweep(id, Date.now());
    expect((await spine.MESH_PAYLOADS.list({ prefix: `mesh/${day}` })).objects).toEqual([]);
  });
});
