/** The rows of the feature table that need more than a grant: keys, API keys, roles, legacy paths, the audit. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey } from 'jose';
import type { Report } from '../report.ts';
import { coded, differs, PATIENT, pause, USER } from './client.ts';
import type { Body, Client } from './client.ts';

/** Registers lines as an operator does. */
export type Load = (lines: readonly object[]) => Promise<readonly string[]>;

export const AUDITOR = {
  uid: '656099999001',
  profile: { name: 'Auditor of the conformance run' },
  roles: [
    {
      person_orgid: '1',
      person_roleid: '656099999101',
      org_code: 'X26',
      role_code: 'S0000:G0000:R5100',
      role_name: 'Audit Manager',
      activity_codes: ['B0015'],
    },
  ],
  mockLogin: { level: 3 },
};

const ROLLING = 'conformance-rolling';

async function keyOf(kid: string): Promise<{ kid: string; privateKey: CryptoKey; jwk: object }> {
  const { publicKey, privateKey } = await generateKeyPair('RS512');
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS512', use: 'sig' } };
}

/** I3: several keys at once, inline and behind an address; the key that is gone no longer counts. */
export async function checkKeys(client: Client, report: Report, load: Load): Promise<void> {
  const [first, second, third] = [await keyOf('roll-1'), await keyOf('roll-2'), await keyOf('roll-3')];
  const app = (more: object) => ({
    kind: 'application',
    value: {
      client_id: ROLLING,
      name: 'Rolling',
      status: 'approved',
      scopes: ['urn:nhsd:apim:app:level3:personal-demographics-service'],
      ...more,
    },
  });
  const ask = async ({ kid, privateKey }: typeof first) => {
    const claims = { ...client.claims(), iss: ROLLING, sub: ROLLING };
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'RS512', typ: 'JWT', kid }).sign(privateKey);
    return client.withAssertion(assertion);
  };
  await report.step({
    name: 'I3 two keys of one app, side by side; a key that was taken out is refused',
    run: async () => {
      const wrong = [...(await load([app({ jwks: { keys: [first.jwk, second.jwk] } })]))];
      await pause(1_000);
      wrong.push(...differs(await ask(first), 200), ...differs(await ask(second), 200));
      wrong.push(...(await load([app({ jwks: { keys: [second.jwk] } })])));
      await pause(1_100);
      return [...wrong, ...differs(await ask(first), 401), ...differs(await ask(second), 200)];
    },
  });
  await report.step({
    name: 'I3 keys behind an address are fetched once and kept',
    run: async () => {
      let fetched = 0;
      const server = createServer((_request, response) => {
        fetched += 1;
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [third.jwk] }));
      });
      await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/jwks/${randomUUID()}`;
      const wrong = [...(await load([app({ jwks_resource_url: url })]))];
      await pause(1_100);
      wrong.push(
        ...differs(await ask(third), 200),
        ...differs(await ask(third), 200),
        ...differs(await ask(first), 401),
      );
      server.close();
      return fetched === 1 ? wrong : [...wrong, `fetched ${fetched} times`];
    },
  });
}

/** I10 and I14 at the page where doors can be tried. */
export async function checkDoors(client: Client, report: Report): Promise<void> {
  const at = (path: string, headers: Record<string, string> = {}) =>
    client.send(`/care-identity/door${path}`, { headers });
  await report.step({
    name: 'I10 an API key is the id of an approved app, and nothing else',
    run: async () => [
      ...differs(await at('/key', { apikey: client.clientId }), 200, { app: client.clientId, user: null }),
      ...differs(await at('/key'), 401),
      ...differs(await at('/key', { apikey: 'nobody' }), 401),
      ...differs(await at('/key', { apikey: `${client.clientId} ` + 'x' }), 401),
    ],
  });
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://system.test',
    sub: '1',
    aud: `${client.target}/care-identity/door/legacy`,
    iat: seconds,
    exp: seconds + 300,
    reason_for_request: 'directcare',
    scope: 'patient/Subscription.read',
    requesting_system: 'https://fhir.nhs.uk/Id/accredited-system|200000000001',
    requesting_organization: 'https://fhir.nhs.uk/Id/ods-organization-code|A1A',
    requesting_user: 'https://fhir.nhs.uk/Id/sds-role-profile-id|555254240100',
  };
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const bearer = (more: object = {}, header: object = { alg: 'none', typ: 'JWT' }) => ({
    authorization: `Bearer ${encoded(header)}.${encoded({
      ...claims,
      ...more,
    })}.`,
    fromASID: '200000000001',
    toASID: '200000000002',
    InteractionID: 'urn:nhs:names:services:events:Subscription.read',
  });
  const trusted = (await at('/legacy', bearer())).status === 200;
  if (!trusted)
    report.skip('I14 unsigned tokens of the closed network', 'the server was not started with --network-trust');
  else
    await report.step({
      name: 'I14 unsigned tokens of the closed network open the legacy door',
      run: async () => differs(await at('/legacy', bearer()), 200, { app: '200000000001', user: '555254240100' }),
    });
  await report.step({
    name: 'I14 the legacy door refuses what is not exactly so, and no other door takes it',
    run: async () => [
      ...differs(await at('/legacy', bearer({ exp: seconds + 600 })), 401),
      ...differs(await at('/legacy', bearer({ aud: 'https://elsewhere' })), 401),
      ...differs(await at('/legacy', bearer({}, { alg: 'HS256', typ: 'JWT' })), 401),
      ...differs(await at('/legacy', { ...bearer(), InteractionID: '' }), 401),
      ...coded(await client.pds(bearer().authorization.slice(7), `/Patient/${PATIENT}`), 401, 'Invalid Access Token'),
    ],
  });
}

interface Event {
  readonly agent: readonly {
    readonly who: { readonly identifier?: { readonly value: string } };
    readonly policy?: readonly string[];
  }[];
  readonly outcome: string;
  readonly entity: readonly { readonly what: { readonly identifier: { readonly value: string } } }[];
}

export class Auditor {
  readonly #client: Client;
  readonly #token: string;

  constructor(client: Client, token: string) {
    this.#client = client;
    this.#token = token;
  }

  async events(query: string): Promise<readonly Event[]> {
    const found: Event[] = [];
    let path = `/audit/v1/AuditEvent?_count=500&${query}`;
    for (;;) {
      const headers = { authorization: `Bearer ${this.#token}` };
      const { body, status, text } = await this.#client.send(path, { headers });
      if (status !== 200) throw new Error(`${status}: ${text.slice(0, 200)}`);
      const page = body as { entry?: { resource: Event }[]; link?: { url: string }[] };
      found.push(...(page.entry ?? []).map(({ resource }) => resource));
      const [next] = page.link ?? [];
      if (next === undefined) return found;
      path = next.url;
    }
  }
}

/** I15: who, by which log-in, for whom: with every entry. */
export async function checkAudit(client: Client, report: Report, auditor: Auditor): Promise<void> {
  await report.step({
    name: 'I15 an entry tells app, user, organisation and how the bearer was proven',
    run: async () => {
      const token: unknown = (await client.logIn(USER)).body['access_token'];
      const id = randomUUID();
      const read = await client.pds(token, `/Patient/${PATIENT}`, { headers: { 'x-request-id': id } });
      const events = await auditor.events(`patient=${PATIENT}&agent=${USER}`);
      const event = events.find(({ entity }) => entity.some(({ what }) => what.identifier.value === id));
      const values = event?.agent.map(({ who }) => who.identifier?.value) ?? [];
      const proof = event?.agent.flatMap(({ policy = [] }) => policy).join() ?? '';
      return [
        ...differs(read, 200),
        ...(values.includes(USER) && values.includes(client.clientId) ? [] : [`agents are ${values.join()}`]),
        ...(/authorization_code:apim-mock-nhs-cis2:aal3/.test(proof) ? [] : [`the proof is ${proof}`]),
      ];
    },
  });
  await report.step({
    name: 'I15 a patient sees who looked, without the name of anybody',
    run: async () => {
      const patient: unknown = (await client.logIn(PATIENT, { scope: 'nhs-login' })).body['access_token'];
      const answer = await client.send('/audit/v1/me', { headers: { authorization: `Bearer ${String(patient)}` } });
      const entries = (answer.body['entries'] ?? []) as readonly Body[];
      return [
        ...differs(answer, 200),
        ...(entries.some(({ what }) => what === 'get-patient') ? [] : ['no look at the record']),
        ...(answer.text.includes(USER) ? ['the number of a worker'] : []),
      ];
    },
  });
}
