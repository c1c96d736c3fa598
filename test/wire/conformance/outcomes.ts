/** Every error example of the pack, brought about by a request that deserves it. */
import { at, isObject, listAt } from '../json.ts';
import { WireClient } from '../wire-client.ts';
import type { WireAnswer } from '../wire-client.ts';
import * as expected from './expect.ts';
import type { World } from './world.ts';

const JANE = '9000000009';
const GENDER = { patches: [{ op: 'replace', path: '/gender', value: 'male' }] };
const BIRTH = '/Patient/$process-birth-details';

type Cause = (world: World) => Promise<WireAnswer>;

/** The birth example, its baby and its entries changed. */
function birth({ pack, runName }: World, change: (entry: readonly unknown[]) => readonly unknown[]): unknown {
  const bundle = pack.examples('requests/RecordAtBirth').get('create-record-at-birth-maximal');
  const named = JSON.parse(JSON.stringify(bundle).replaceAll('ExampleBaby', `Outcome-${runName}`)) as unknown;
  return { ...(isObject(named) ? named : {}), entry: change(listAt(named, 'entry')) };
}

const FORMAL_DEATH = {
  url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus',
  extension: [
    {
      url: 'deathNotificationStatus',
      valueCodeableConcept: {
        coding: [
          {
            system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus',
            version: '1.0.0',
            code: '2',
            display: 'Formal - death notice received from Registrar of Deaths',
          },
        ],
      },
    },
    { url: 'systemEffectiveDate', valueDateTime: '2026-01-02T00:00:00+00:00' },
  ],
};

function deadBaby(entry: readonly unknown[]): readonly unknown[] {
  const [baby, ...others] = entry;
  const resource = at(baby, 'resource');
  const dead = {
    ...(isObject(resource) ? resource : {}),
    deceasedDateTime: '2026-01-02',
    extension: [...listAt(resource, 'extension'), FORMAL_DEATH],
  };
  return [{ ...(isObject(baby) ? baby : {}), resource: dead }, ...others];
}

/** The create example with a name of this run and these address lines. */
function newPerson({ pack, runName }: World, line: readonly string[]): unknown {
  const example = pack.examples('requests/PatientCreate').get('Allocate_NHS_Number');
  const person = isObject(example) ? example : {};
  const name = listAt(person, 'name').map((one) => ({ ...(isObject(one) ? one : {}), family: `Outcome-${runName}` }));
  const address = listAt(person, 'address').map((one) => {
    const { extension: _keys, ...plain } = isObject(one) ? one : {};
    return { ...plain, line };
  });
  return { ...person, name, address };
}

const example = ({ pack }: World, name: string): unknown => pack.examples('requests/PatientCreate').get(name);

/** The request that brings an outcome about, and its HTTP status. */
const CAUSES: Readonly<Record<string, readonly [number, Cause]>> = {
  ACCESS_DENIED: [
    401,
    ({ client }) => client.send('GET', `/Patient/${JANE}`, { headers: { authorization: 'Basic dXNlcjpwYXNz' } }),
  ],
  ADDITIONAL_PROPERTIES: [400, ({ client }) => client.get('/Patient?family=Smith&birthdate=eq2010-10-22&colour=red')],
  FORBIDDEN_UPDATE: [
    403,
    async (world) => {
      const { nhsNumber, version } = await world.spare(JANE);
      return world.client.patch(nhsNumber, version, { patches: [{ op: 'remove', path: '/gender' }] });
    },
  ],
  INSERT_BIRTH_DEATH_STATUS_INCONSISTENT: [
    400,
    (world) => world.client.send('POST', BIRTH, { body: birth(world, deadBaby) }),
  ],
  INVALIDATED_RESOURCE: [404, ({ client }) => client.get('/Patient/9990003343')],
  INVALID_CREATE: [
    400,
    (world) => world.client.send('POST', '/Patient', { body: newPerson(world, ['1 Trevelyan Square']) }),
  ],
  INVALID_RESOURCE_ID: [400, ({ client }) => client.get('/Patient/9000000000')],
  INVALID_SEARCH_DATA: [400, ({ client }) => client.get('/Patient?given=Jane&birthdate=eq2010-10-22')],
  INVALID_UPDATE: [
    400,
    async (world) => {
      const { nhsNumber, version } = await world.spare(JANE);
      return world.client.patch(nhsNumber, version, { patches: [] });
    },
  ],
  INVALID_VALUE: [
    400,
    ({ client }) => client.send('GET', `/Patient/${JANE}`, { headers: { 'x-request-id': 'not-a-uuid' } }),
  ],
  MISSING_VALUE: [400, ({ client }) => client.send('GET', `/Patient/${JANE}`, { headers: { 'x-request-id': '' } })],
  MULTIPLE_MATCHES_FOUND: [
    200,
    (world) => world.client.send('POST', '/Patient', { body: example(world, 'Multi_Match_found') }),
  ],
  PRECONDITION_FAILED: [
    412,
    ({ client }) =>
      client.send('PATCH', `/Patient/${JANE}`, {
        headers: { 'content-type': 'application/json-patch+json' },
        body: GENDER,
      }),
  ],
  RESOURCE_NOT_FOUND: [404, ({ client, pack }) => client.get(`/Patient/${pack.unallocated[0] ?? ''}`)],
  RESOURCE_VERSION_MISMATCH: [409, ({ client }) => client.patch(JANE, '1', GENDER)],
  SINGLE_MATCH_FOUND: [
    200,
    (world) => world.client.send('POST', '/Patient', { body: example(world, 'Single_Match_found') }),
  ],
  TOO_FEW_VALUES_SUBMITTED: [
    400,
    (world) => world.client.send('POST', BIRTH, { body: birth(world, (entry) => entry.slice(0, 11)) }),
  ],
  TOO_MANY_MATCHES: [
    200,
    ({ client }) => client.get('/Patient?family=Smith&gender=male&birthdate=eq2000-05-05&_max-results=1'),
  ],
  TOO_MANY_VALUES_SUBMITTED: [
    400,
    ({ client, pack }) => {
      const card = pack.examples('requests/CoveragePost').get('update-coverage');
      const payor = [...listAt(card, 'payor'), ...listAt(card, 'payor')];
      return client.send('POST', '/Coverage', {
        headers: { 'if-match': 'W/"1"' },
        body: { ...(isObject(card) ? card : {}), payor },
      });
    },
  ],
  UNSUPPORTED_SERVICE: [400, ({ client }) => client.get('/Patient')],
};

export async function checkOutcomes(world: World): Promise<void> {
  for (const [name, wanted] of world.pack.examples('operation-outcomes')) {
    const cause = CAUSES[name];
    if (cause !== undefined) {
      const [status, send] = cause;
      const run = async () => {
        const answer = await send(world);
        return [...expected.status(answer, status), ...expected.same(answer.body, wanted)];
      };
      await world.report.step({ name: `outcome ${name}`, run });
    } else if (name === 'INVALID_METHOD') await checkInvalidMethod(world, wanted);
    else world.report.skip(`outcome ${name}`, 'no request is known that causes it');
  }
  await checkEnforced(world);
}

/** Only an application's token can be refused for its mode. */
async function checkInvalidMethod({ options, report }: World, wanted: unknown): Promise<void> {
  const name = 'outcome INVALID_METHOD';
  const { enforcedTarget, appToken } = options;
  if (enforcedTarget === undefined || appToken === undefined) {
    report.skip(name, 'needs --enforced-target and --app-token, a token of application-restricted access');
    return;
  }
  const run = async () => {
    const client = new WireClient(enforcedTarget);
    const headers = {
      authorization: `Bearer ${appToken}`,
      'if-match': 'W/"2"',
      'content-type': 'application/json-patch+json',
    };
    const answer = await client.send('PATCH', `/Patient/${JANE}`, { headers, body: GENDER });
    return [...expected.status(answer, 403), ...expected.same(answer.body, wanted)];
  };
  await report.step({ name, run });
}

const NO_TOKEN: readonly (readonly [authorization: string | null, diagnostics: string])[] = [
  [null, 'Missing Authorization header'],
  ['Bearer', 'Missing access token'],
  ['Basic dXNlcjpwYXNz', "Invalid token type 'Basic', must be 'Bearer'"],
  ['Bearer no.such.token1', 'Invalid Access Token'],
];

/** Security comes before the request: a bad token with a bad number is a bad token. */
async function checkEnforced({ options, report }: World): Promise<void> {
  const { enforcedTarget } = options;
  for (const [authorization, diagnostics] of NO_TOKEN) {
    const name = `outcome ACCESS_DENIED ${diagnostics}`;
    if (enforcedTarget === undefined) {
      report.skip(name, 'needs --enforced-target');
      continue;
    }
    const run = async () => {
      const headers = authorization === null ? {} : { authorization };
      const answer = await new WireClient(enforcedTarget).send('GET', '/Patient/9000000000', { headers });
      return expected.outcome(answer, [401, 'ACCESS_DENIED', diagnostics]);
    };
    await report.step({ name, run });
  }
}
