/** Any request to MESH and to the operator's pages about journals, over real actors: answered below 500, at once. */
import { env, waitUntil } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { mailboxes } from '../../src/actors/mailboxes.ts';
import type { Env } from '../../src/actors/environment.ts';
import { MAILBOX, mailboxKey } from '../../src/domain/mesh/mailbox.ts';
import { route } from '../../src/routes/router.ts';
import { readSettings } from '../../src/routes/settings.ts';
import { bound, emptyNationalDatabase } from '../support/national-database.ts';
import { requestOf, wildRequest } from '../support/wild-requests.ts';
import type { Place } from '../support/wild-requests.ts';
import { doors } from './spine.ts';

const spine = env as unknown as Env;
const SEED = 1;
const HANG_MS = 10_000;
const settings = readSettings({ ACCESS: 'open', ENVIRONMENT: 'local', OPERATOR_KEY: 'operator-1' });

beforeAll(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
  const agent = { client: 'operator', mode: 'administration', rights: [] };
  const entry = (mailboxId: string) => ({
    kind: MAILBOX,
    key: mailboxKey(mailboxId),
    command: {
      name: 'register-mailbox',
      mailbox: {
        mailboxId,
        mailboxName: mailboxId,
        password: 'secret',
        odsCode: 'A1',
        orgCode: 'A1',
        orgName: 'Org',
        billingEntity: '',
        active: true,
        registered: '0',
        connections: [],
      },
    },
  });
  await mailboxes(spine, waitUntil).register(['PRACTICE', 'LABORATORY'].map(entry) as never, agent, 'fuzz');
});

let counter = 0;

/** A good token for every request, so that requests come past the door. */
async function token(mailboxId: string): Promise<string> {
  const nonce = `f${counter++}`;
  const timestamp = new Date().toISOString().slice(0, 16).replace(/[-:T]/g, '');
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode('TestKey'), algorithm, false, ['sign']);
  const hash = await crypto.subtle.sign('HMAC', key, encoder.encode(`${mailboxId}:${nonce}:0:secret:${timestamp}`));
  const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `NHSMESH ${mailboxId}:${nonce}:0:${timestamp}:${hex}`;
}

const BOX = '/messageexchange/PRACTICE';
const MESH: readonly Place[] = [
  { method: 'POST', path: BOX },
  { method: 'GET', path: `${BOX}/inbox?max_results=10&workflow_filter=!W&continue_from=x` },
  { method: 'GET', path: `${BOX}/inbox/rich?start_time=2026-01-01T00:00:00Z` },
  { method: 'GET', path: `${BOX}/inbox/20261122000000000000_000000` },
  { method: 'GET', path: `${BOX}/inbox/20261122000000000000_000000/2` },
  { method: 'HEAD', path: `${BOX}/inbox/20261122000000000000_000000` },
  { method: 'PUT', path: `${BOX}/inbox/20261122000000000000_000000/status/acknowledged` },
  { method: 'GET', path: `${BOX}/count` },
  { method: 'POST', path: `${BOX}/outbox`, documents: ['some bytes'], type: 'application/octet-stream' },
  { method: 'GET', path: `${BOX}/outbox/rich?max_results=10` },
  { method: 'GET', path: `${BOX}/outbox/tracking?messageID=20261122000000000000_000000` },
  { method: 'GET', path: `${BOX}/outbox/tracking/local-1` },
  { method: 'POST', path: `${BOX}/outbox/20261122000000000000_000000/2`, documents: ['more'] },
  { method: 'POST', path: `${BOX}/update` },
  { method: 'GET', path: '/messageexchange/_ping' },
  { method: 'GET', path: '/messageexchange/endpointlookup/A1/W' },
  { method: 'GET', path: '/endpointlookup/mesh/A1/W' },
  { method: 'GET', path: '/messageexchange/workflowsearch/W' },
  {
    method: 'POST',
    path: '/messageexchange/admin/report',
    documents: [{ mailbox_id: 'PRACTICE', workflow_id: 'W', code: '21' }],
  },
  {
    method: 'POST',
    path: '/admin/message/20261122000000000000_000000/event',
    documents: [{ status: 'accepted', code: '1' }],
  },
  { method: 'GET', path: '/admin/message/20261122000000000000_000000' },
  { method: 'GET', path: '/health' },
  { method: 'GET', path: '/_status' },
];

const USUAL = {
  accept: 'application/vnd.mesh.v2+json',
  'mex-to': 'LABORATORY',
  'mex-workflowid': 'W',
  'mex-chunk-range': '1:2',
  'mex-localid': 'l1',
  'mex-clientversion': 'c',
  'mex-osname': 'o',
  'mex-osversion': '1',
};

const OPERATED: readonly Place[] = [
  { method: 'POST', path: '/operator/mesh/import', documents: ['{"mailbox_id":"NEW1","mailbox_name":"n"}\n{}'] },
  { method: 'GET', path: '/operator/mesh/mailboxes' },
  { method: 'PUT', path: '/operator/mesh/mailboxes/NEW2', documents: [{ mailbox_name: 'n', password: 'p' }] },
  { method: 'PUT', path: '/operator/mesh/workflows/W2', documents: [{ workflow_id: 'W2' }] },
  { method: 'DELETE', path: '/operator/mesh/mailboxes/NEW2' },
  { method: 'GET', path: '/operator/mesh/status' },
  { method: 'GET', path: '/operator/journals' },
  { method: 'POST', path: '/operator/backup', documents: [{ class: 'locator-shard', shard: 3 }] },
  {
    method: 'POST',
    path: '/operator/restore',
    documents: [{ class: 'locator-shard', shard: 3, wipe: true, headroom: 5 }],
  },
  {
    method: 'POST',
    path: '/operator/verify-journal',
    documents: [{ class: 'mailbox-shard', shard: 1, after: { seq: 1, hash: 'a'.repeat(64) } }],
  },
  { method: 'GET', path: '/operator/segments?class=locator-shard&shard=3&at=0' },
  { method: 'GET', path: '/operator/segment?class=locator-shard&shard=3&at=1' },
];

async function fuzz(
  places: readonly Place[],
  usual: Record<string, string>,
  cases: number,
): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(wildRequest(places, usual, true), async (wild) => {
      const mailbox = /^\/messageexchange\/([A-Z]+)/.exec(wild.path)?.[1];
      const authorization = mailbox === undefined ? {} : { Authorization: await token(mailbox) };
      const request = requestOf('https://edge.test', { ...wild, headers: { ...wild.headers, ...authorization } });
      if (request === null) return;
      const started = Date.now();
      const response = await route(request, { spine: doors, settings, now: Date.now() });
      const text = await response.text();
      expect(Date.now() - started).toBeLessThan(HANG_MS);
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      if (response.status >= 500) throw new Error(`${response.status} ${text}`);
      expect(text).not.toMatch(/SQLITE|TypeError|at \w+ \(|\/src\//);
    }),
    { numRuns: cases, seed: SEED },
  );
  return seen;
}

test('SEC-60 MESH answers below 500, at once', { timeout: 120_000 }, async () => {
  const seen = await fuzz(MESH, USUAL, 1_500);
  for (const status of [200, 202, 400, 403, 404]) expect([status, seen.get(status) ?? 0]).not.toEqual([status, 0]);
});

test(
  'SEC-60 the operator pages about mailboxes and journals answer below 500, at once',
  { timeout: 120_000 },
  async () => {
    const seen = await fuzz(OPERATED, { Authorization: 'Bearer operator-1' }, 700);
    for (const status of [200, 400, 401, 404]) expect([status, seen.get(status) ?? 0]).not.toEqual([status, 0]);
  },
);
