/** Unsigned tokens of the closed network: believed on their own door alone, and only where the network vouches. */
import { beforeAll, expect, test } from 'vitest';
import { admitLegacy } from '../../../src/routes/identity/legacy-door.ts';
import { requestContext } from '../../../src/routes/request-context.ts';
import { readSettings } from '../../../src/routes/settings.ts';
import { ORIGIN, signed, START, unsigned, World } from './world.ts';

const PATH = `${ORIGIN}/legacy/Subscription/1`;
const SECONDS = START / 1000;
const HEADERS = {
  fromASID: '200000000001',
  toASID: '200000000002',
  InteractionID: 'urn:nhs:names:services:events:Subscription.read',
};

let world: World;
beforeAll(async () => {
  world = await World.make();
});

const claims = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: 'https://system.test',
  sub: '1',
  aud: PATH,
  iat: SECONDS,
  exp: SECONDS + 300,
  reason_for_request: 'directcare',
  scope: 'patient/Subscription.read',
  requesting_system: 'https://fhir.nhs.uk/Id/accredited-system|200000000001',
  requesting_organization: 'https://fhir.nhs.uk/Id/ods-organization-code|A1A',
  requesting_user: 'https://fhir.nhs.uk/Id/sds-role-profile-id|555254240100',
  ...more,
});

const NONE = { alg: 'none', typ: 'JWT' };
const token = (more: Record<string, unknown> = {}, header: object = NONE, signature = ''): string =>
  unsigned(header, claims(more), signature);

const admitted = (bearer: string, more: { headers?: Record<string, string>; trust?: string } = {}) => {
  const settings = readSettings({ ACCESS: 'open', ENVIRONMENT: 'local', NETWORK_TRUST: more.trust ?? 'on' });
  const request = new Request(`${PATH}?x=1`, {
    headers: { ...HEADERS, Authorization: `Bearer ${bearer}`, ...more.headers },
  });
  return admitLegacy(requestContext(request, { spine: world.spine, settings, now: START }));
};

test('ID-O01 the claims become a grant', () => {
  expect(admitted(token())).toMatchObject({
    grant: {
      app: { id: '200000000001' },
      user: '555254240100',
      scopes: ['patient/Subscription.read'],
      authentication: 'user unsecured network directcare',
    },
    route: { interaction: HEADERS.InteractionID },
  });
  expect(
    admitted(token({ reason_for_request: 'secondaryuses', requesting_user: undefined }))?.grant.user,
  ).toBeUndefined();
});

test.each([
  ['where the network does not vouch', () => admitted(token(), { trust: 'off' })],
  ['where nothing is said about the network', () => admitted(token(), { trust: '' })],
  ['without fromASID', () => admitted(token(), { headers: { fromASID: '' } })],
  ['with a toASID that is none', () => admitted(token(), { headers: { toASID: '1; DROP' } })],
  ['without an interaction', () => admitted(token(), { headers: { InteractionID: '' } })],
  ['with a signature', () => admitted(token({}, NONE, 'AAAA'))],
  ['of another algorithm', () => admitted(token({}, { alg: 'RS512' }))],
  ['of no algorithm at all', () => admitted(token({}, {}))],
  ['for another address', () => admitted(token({ aud: ORIGIN }))],
  ['that is past', () => admitted(token({ iat: SECONDS - 400, exp: SECONDS - 100 }))],
  ['that is to come', () => admitted(token({ iat: SECONDS + 100, exp: SECONDS + 400 }))],
  ['of a longer life', () => admitted(token({ exp: SECONDS + 3_600 }))],
  ['without a reason', () => admitted(token({ reason_for_request: undefined }))],
  ['of an unheard-of reason', () => admitted(token({ reason_for_request: 'curiosity' }))],
  ['without an organisation', () => admitted(token({ requesting_organization: undefined }))],
  ['with a user without a system', () => admitted(token({ requesting_user: '|1' }))],
  ['for direct care without a user', () => admitted(token({ requesting_user: undefined }))],
  ['for a patient without a patient', () => admitted(token({ reason_for_request: 'patientaccess' }))],
  ['of a strange scope', () => admitted(token({ scope: 'everything' }))],
])('ID-O02 a token %s opens nothing', (_name, attempt) => {
  expect(attempt()).toBeNull();
});

test("ID-O03 the doors are not each other's: no unsigned token at PDS, no signed one here", async () => {
  const trusting = await World.make({ NETWORK_TRUST: 'on' });
  expect((await trusting.edge.patient(token())).status).toBe(401);
  expect(admitted(await signed(claims(), { alg: 'RS512', typ: 'JWT', kid: 'app-1' }, world.app.privateKey))).toBeNull();
  expect(admitted(await world.appToken())).toBeNull();
});
