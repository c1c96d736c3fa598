/** What the clinical tracker answers when it cannot look: nobody let in, too late, out of order. */
import { beforeAll, expect, test } from 'vitest';
import { route } from '../../../src/routes/router.ts';
import type { Surroundings } from '../../../src/routes/request-context.ts';
import { MemoryIdentity } from '../../support/memory-identity.ts';
import { NOW, OPEN, enforced, signer } from '../support.ts';
import type { Signer } from '../support.ts';

const PATH = '/clinical-prescription-tracker/RequestGroup?prescriptionId=24F5DA-A83008-7EFE6Z';
const HEADERS = {
  'x-request-id': '60e0b220-8136-4ca5-ae46-1d97ef59d068',
  'nhsd-organization-uuid': 'A83008',
  'nhsd-session-urid': '555254240100',
  'nhsd-session-jobrole': 'R8000',
};

let key: Signer;
beforeAll(async () => {
  key = await signer('RS512');
});

async function look(locate: () => Promise<unknown>, headers: Record<string, string> = {}) {
  const request = new Request(`https://edge.test${PATH}`, { headers: { ...HEADERS, ...headers } });
  const settings = 'Authorization' in headers ? enforced(key.keySet) : OPEN;
  const spine = { prescriptions: { locate }, identity: new MemoryIdentity() } as unknown as Surroundings['spine'];
  const answer = await route(request, { spine, settings, now: NOW });
  const { issue } = (await answer.json()) as { issue: { severity: string; details: { coding: { code: string }[] } }[] };
  return [answer.status, issue.map(({ severity, details }) => [severity, details.coding[0]?.code])];
}

const unavailable = (reason: string) => async () => ({ kind: 'unavailable', reason, retryAfterSeconds: 1 });

test('EPS-W75 no token, no answer in time, none at all: each in the form of the tracker', async () => {
  const never = () => Promise.reject(new Error('not asked'));
  expect(await look(never, { Authorization: 'Bearer nonsense' })).toEqual([401, [['error', 'UNAUTHORIZED']]]);
  expect(await look(unavailable('timeout'))).toEqual([408, [['error', 'TIMEOUT']]]);
  expect(await look(unavailable('broken'))).toEqual([500, [['fatal', 'SERVER_ERROR']]]);
});
