/** Every request example of the pack, sent as a client would, against a patient of its own. */
import type { Patient } from 'fhir/r4';
import { at, isObject, listAt, textAt } from '../json.ts';
import type { WireAnswer } from '../wire-client.ts';
import * as expected from './expect.ts';
import type { World } from './world.ts';

const JANE = '9000000009';

interface PatchExample {
  readonly exception?: string;
  /** What the patient must be like for the example to mean what it says. */
  readonly patient?: (jane: Patient) => Patient;
  readonly refused?: readonly [number, string, string?];
  /** Facts of the answer when it is accepted. */
  readonly changed?: (body: unknown) => readonly string[];
}

const withExtensions = (jane: Patient, keep: (url: string) => boolean): Patient => ({
  ...jane,
  extension: (jane.extension ?? []).filter(({ url }) => keep(url)),
});

const REMOVE_USUAL = [
  403,
  'FORBIDDEN_UPDATE',
  'Forbidden update with error - not permitted to remove usual name',
] as const;

const PATCHES: Readonly<Record<string, PatchExample>> = {
  'add-deceased-date-time': {
    exception: 'a live update wants the notice of death in the same request',
    patient({ deceasedDateTime: _died, ...jane }) {
      return withExtensions(jane, (url) => !/DeathNotificationStatus|RemovalFromRegistration/.test(url));
    },
    refused: [
      400,
      'INVALID_UPDATE',
      'Invalid update with error - when adding a deceased date, a death notification status must also be supplied',
    ],
  },
  'add-extension': {
    patient: (jane) => withExtensions(jane, (url) => !url.endsWith('NominatedPharmacy')),
    changed: (body) => {
      const pharmacies = listAt(body, 'extension').filter((one) => textAt(one, 'url').endsWith('NominatedPharmacy'));
      return expected.same(
        pharmacies.map((one) => textAt(one, 'valueReference/identifier/value')),
        ['Y12345'],
      );
    },
  },
  'add-name': {
    changed: (body) => [
      ...expected.same(at(body, 'name/1/given'), ['Joe', 'Horation', 'Maximus']),
      ...expected.same(at(body, 'name/1/use'), 'old'),
      ...expected.that(textAt(body, 'name/1/id') !== '', 'the new name has no id'),
    ],
  },
  'delete-extension': {
    changed: (body) =>
      expected.that(
        !JSON.stringify(at(body, 'extension')).includes('PreferredDispenserOrganization'),
        'the dispenser is still there',
      ),
  },
  'delete-gender': {
    refused: [403, 'FORBIDDEN_UPDATE', "Forbidden update with error - source not permitted to remove 'gender'"],
  },
  'delete-name': { refused: REMOVE_USUAL },
  'delete-name-alternative': {
    patient: (jane) => ({ ...jane, name: (jane.name ?? []).map((name) => ({ ...name, suffix: ['MBE'] })) }),
    refused: REMOVE_USUAL,
  },
  'update-address': {
    changed: (body) => [
      ...expected.same(at(body, 'address/0/line/0'), '2 Whitehall Quay'),
      ...expected.same(at(body, 'address/0/postalCode'), 'LS1 4BU'),
      ...expected.same(at(body, 'address/0/id'), '456'),
    ],
  },
  'update-address-alternative': {
    exception: "the example's PAF key has seven digits, the published pattern wants eight: it is refused",
    refused: [400, 'INVALID_VALUE'],
  },
  'update-extension': {
    exception: 'the live rule does not let anyone lower a formal notice of death',
    refused: [
      403,
      'FORBIDDEN_UPDATE',
      'Forbidden update with error - source not permitted to update death details when Death Notification Status is formal',
    ],
  },
  'update-gender': { changed: (body) => expected.same(at(body, 'gender'), 'male') },
};

export async function checkRequests(world: World): Promise<void> {
  const { report, pack } = world;
  for (const [name, body] of pack.examples('requests/PatientPatch')) {
    const known = PATCHES[name];
    if (known === undefined) report.skip(`request ${name}`, 'no rule is known for it');
    else {
      const exception = known.exception === undefined ? {} : { exception: known.exception };
      await report.step({ name: `request ${name}`, ...exception, run: () => patch(world, known, body) });
    }
  }
  await report.step({
    name: 'request update-address-alternative with an eight-digit PAF key',
    run: () => wholeAddress(world),
  });
  for (const [name, body] of pack.examples('requests/PatientCreate')) {
    await report.step({ name: `request ${name}`, run: () => create(world, name, body) });
  }
  for (const [name, body] of pack.examples('requests/CoveragePost')) {
    await report.step({ name: `request ${name}`, run: () => updateCoverage(world, body) });
  }
  for (const [name, body] of pack.examples('requests/RecordAtBirth')) {
    await report.step({ name: `request ${name}, twice`, run: () => recordBirth(world, body) });
  }
}

async function patch(world: World, known: PatchExample, body: unknown): Promise<readonly string[]> {
  const { nhsNumber, version } = await world.spare(JANE, known.patient);
  const answer = await world.client.patch(nhsNumber, version, body);
  const after = await world.client.get(`/Patient/${nhsNumber}`);
  if (known.refused !== undefined) {
    return [...expected.outcome(answer, known.refused), ...expected.header(after, 'etag', `W/"${version}"`)];
  }
  return [
    ...accepted(answer, version),
    ...(known.changed?.(answer.body) ?? []),
    ...expected.same(after.body, answer.body),
  ];
}

const accepted = (answer: WireAnswer, version: string): readonly string[] => {
  const next = String(Number(version) + 1);
  return [
    ...expected.status(answer, 200),
    ...expected.header(answer, 'etag', `W/"${next}"`),
    ...expected.same(textAt(answer.body, 'meta/versionId'), next),
  ];
};

async function wholeAddress(world: World): Promise<readonly string[]> {
  const example = world.pack.examples('requests/PatientPatch').get('update-address-alternative');
  const body = JSON.parse(JSON.stringify(example).replace('"9876543"', '"98765432"')) as unknown;
  const { nhsNumber, version } = await world.spare(JANE);
  const answer = await world.client.patch(nhsNumber, version, body);
  const sent = at(body, 'patches/0/value');
  return [...accepted(answer, version), ...expected.same(at(answer.body, 'address/0'), sent)];
}

/** The first example makes a person, on a repeated run it meets that person; the others meet those of the seeds. */
async function create({ client }: World, name: string, body: unknown): Promise<readonly string[]> {
  const answer = await client.send('POST', '/Patient', { body });
  if (name === 'Multi_Match_found') return expected.outcome(answer, [200, 'MULTIPLE_MATCHES']);
  if (name === 'Single_Match_found') return expected.outcome(answer, [200, 'SINGLE_MATCH', singleMatch('9000001013')]);
  if (answer.status === 200) {
    const [number] = /\d{10}/.exec(textAt(answer.body, 'issue/0/diagnostics')) ?? [''];
    const found = await client.get(`/Patient/${number}`);
    return [
      ...expected.outcome(answer, [200, 'SINGLE_MATCH', singleMatch(number)]),
      ...expected.same(at(found.body, 'name/0/family'), 'Edwards'),
    ];
  }
  const again = await client.send('POST', '/Patient', { body });
  return [
    ...expected.status(answer, 201),
    ...expected.same(textAt(answer.body, 'meta/versionId'), '1'),
    ...expected.same(at(answer.body, 'address/0/postalCode'), at(body, 'address/0/postalCode')),
    ...expected.outcome(again, [200, 'SINGLE_MATCH', singleMatch(textAt(answer.body, 'id'))]),
  ];
}

const singleMatch = (nhsNumber: string): string =>
  `Unable to create new patient. NHS number ${nhsNumber} found for supplied demographic data.`;

async function updateCoverage(world: World, body: unknown): Promise<readonly string[]> {
  const { nhsNumber, version } = await world.spare('9733162892');
  const subscriber = { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber } };
  const card = { ...(isObject(body) ? body : {}), subscriber };
  const next = String(Number(version) + 1);
  const headers = { 'if-match': `W/"${version}"` };
  const answer = await world.client.send('POST', '/Coverage', { headers, body: card });
  const stored = at(answer.body, 'entry/0/resource');
  const shown = await world.client.get(`/Coverage?subscriber:identifier=${nhsNumber}`);
  return [
    ...expected.status(answer, 201),
    ...expected.header(answer, 'etag', `W/"${next}"`),
    ...expected.same(at(stored, 'identifier/0/assigner/display'), 'Germany'),
    ...expected.same(textAt(stored, 'beneficiary/identifier/value'), textAt(body, 'beneficiary/identifier/value')),
    ...expected.same(at(shown.body, 'entry/0/resource'), stored),
  ];
}

async function recordBirth({ client, runName }: World, body: unknown): Promise<readonly string[]> {
  const path = '/Patient/$process-birth-details';
  const request = JSON.parse(JSON.stringify(body).replaceAll('ExampleBaby', `Twice-${runName}`)) as unknown;
  const first = await client.send('POST', path, { body: request });
  const second = await client.send('POST', path, { body: request });
  const ignoring = await client.send('POST', `${path}?ignore_potential_matches=true`, { body: request });
  const match = [200, 'SINGLE_MATCH', singleMatch(textAt(first.body, 'id'))] as const;
  return [...expected.status(first, 201), ...expected.outcome(second, match), ...expected.outcome(ignoring, match)];
}
