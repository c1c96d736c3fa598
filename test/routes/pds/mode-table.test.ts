/** Every mode of access against every operation, as one table: what is let through, and the exact words where it is not. */
import { beforeAll, describe, expect, test } from 'vitest';
import { importPatientGroup } from '../../../src/domain/pds/import-patient-group.ts';
import { House } from '../../support/record-spine.ts';
import { Edge, enforced, patching, replied, SCOPE, signer } from '../support.ts';
import type { Sent, Signer } from '../support.ts';

const OWN = '9000000009';
const OTHER = '9000000017';

let key: Signer;
beforeAll(async () => {
  key = await signer('ES256');
});

const MODES = {
  'user-restricted': { scope: SCOPE.worker, sub: '1', roles: ['1'] },
  'application-restricted': { scope: SCOPE.app },
  'privileged-application-restricted': { scope: SCOPE.privileged },
  'patient-access': { scope: SCOPE.patient, sub: OWN, nhs_number: OWN, vot: 'P9.Cp.Cd' },
  'app that may update': { scope: SCOPE.app, app_attributes: { 'pds.app-restricted.update': 'true' } },
  P5: { scope: SCOPE.p5, sub: OWN, nhs_number: OWN, vot: 'P5.Cp' },
  P0: { scope: SCOPE.p0, sub: OWN, nhs_number: OWN, vot: 'P0.Cp' },
} as const;
type Mode = keyof typeof MODES;

const posted = (body: unknown = {}): Sent => ({
  method: 'POST',
  body,
  headers: { 'Content-Type': 'application/json' },
});
const SEARCH = '/Patient?family=Smith&gender=female&birthdate=eq2010-10-22';

const OPERATIONS = {
  'GET own': [`/Patient/${OWN}`],
  'GET other': [`/Patient/${OTHER}`],
  search: [SEARCH],
  'search of one': [`${SEARCH}&_max-results=1`],
  'search of two': [`${SEARCH}&_max-results=2`],
  'POST Patient': ['/Patient', posted()],
  'POST birth': ['/Patient/$process-birth-details', posted()],
  'PATCH own': [`/Patient/${OWN}`, patching()],
  'PATCH other': [`/Patient/${OTHER}`, patching()],
  'RelatedPerson own': [`/Patient/${OWN}/RelatedPerson`],
  'RelatedPerson other': [`/Patient/${OTHER}/RelatedPerson`],
  'GET Coverage own': [`/Coverage?subscriber:identifier=${OWN}`],
  'GET Coverage other': [`/Coverage?subscriber:identifier=${OTHER}`],
  'POST Coverage': ['/Coverage', posted()],
} as const satisfies Readonly<Record<string, readonly [string, Sent?]>>;
type Operation = keyof typeof OPERATIONS;

/** The mode lets the operation go on to the record, whatever that says. */
const ON = 'goes on';
const PATIENT_NO = 'ACCESS_DENIED Patient cannot perform this action';
const method = (verb: string, mode: string) => `INVALID_METHOD Cannot ${verb} resource with ${mode} access token`;
const coverage = (verb: string, mode: string) => `ACCESS_DENIED Cannot ${verb} resource with ${mode} access token`;
const ONE = (mode: string) => `INVALID_VALUE Cannot retrieve more than one result with ${mode} access token`;

const all = (verdict: string): Readonly<Record<Operation, string>> =>
  Object.fromEntries(Object.keys(OPERATIONS).map((name) => [name, verdict])) as Record<Operation, string>;
const app = (mode: string): Readonly<Record<Operation, string>> => ({
  ...all(ON),
  'search of two': ONE(mode),
  'POST Patient': method('create', mode),
  'POST birth': method('create', mode),
  'PATCH own': method('update', mode),
  'PATCH other': method('update', mode),
  'GET Coverage own': coverage('GET', mode),
  'GET Coverage other': coverage('GET', mode),
  'POST Coverage': coverage('POST', mode),
});
const worker: Readonly<Record<Operation, string>> = {
  ...all(ON),
  'GET Coverage own': coverage('GET', 'user-restricted'),
  'GET Coverage other': coverage('GET', 'user-restricted'),
  'POST Coverage': coverage('POST', 'user-restricted'),
};

const TABLE: Readonly<Record<Mode, Readonly<Record<Operation, string>>>> = {
  'user-restricted': worker,
  'application-restricted': app('application-restricted'),
  'privileged-application-restricted': app('privileged-application-restricted'),
  'patient-access': {
    ...all(PATIENT_NO),
    'GET own': ON,
    'POST Patient': method('create', 'patient-access'),
    'POST birth': method('create', 'patient-access'),
    'PATCH own': ON,
    'RelatedPerson own': ON,
    'GET Coverage own': ON,
    'POST Coverage': ON,
  },
  'app that may update': worker,
  P5: all(PATIENT_NO),
  P0: all(PATIENT_NO),
};

interface Outcome {
  readonly issue?: readonly {
    readonly code: string;
    readonly details: { readonly coding: readonly { code: string; display: string }[] };
  }[];
}

const CELLS = Object.keys(MODES).flatMap((mode) =>
  Object.keys(OPERATIONS).map((operation) => [mode as Mode, operation as Operation] as const),
);

describe('the table of modes', () => {
  test.each(CELLS)('PDS-A64 %s: %s', async (mode, operation) => {
    const edge = new Edge(enforced(key.keySet));
    edge.spine.answer = ({ kind }) => replied(kind === 'related-persons' ? '[]' : '{}');
    const token = await key.sign({ rate: 1_000, ...MODES[mode] });
    const [path, sent = {}] = OPERATIONS[operation] as readonly [string, Sent?];
    const answer = await edge.send(path, { ...sent, headers: { ...sent.headers, Authorization: `Bearer ${token}` } });
    const text = await answer.text();
    const issue = answer.status === 403 ? (JSON.parse(text) as Outcome).issue?.[0] : undefined;
    const coding = issue?.details.coding[0];
    const refused = answer.status === 403 ? `${coding?.code} ${coding?.display}` : ON;
    expect(refused).toBe(TABLE[mode][operation]);
    if (operation === 'search of two' && refused !== ON && mode !== 'patient-access' && !mode.startsWith('P'))
      expect(issue?.code).toBe('token');
    // What the mode forbids never reaches a record.
    if (refused !== ON) expect(edge.spine.asked).toEqual([]);
  });
});

describe('what each mode sees of restricted people', () => {
  const person = (nhsNumber: string, code: string) => ({
    resourceType: 'Patient',
    id: nhsNumber,
    gender: 'female',
    meta: {
      versionId: '1',
      security: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
          code,
        },
      ],
    },
    name: [
      {
        id: '1',
        use: 'usual',
        family: 'Smith',
      },
    ],
    address: [
      {
        id: '1',
        use: 'home',
        line: ['1 Street'],
        postalCode: 'LS1 6AE',
      },
    ],
  });

  test.each([
    ['user-restricted', 'R', { name: true, address: false }],
    ['application-restricted', 'R', { name: true, address: false }],
    ['privileged-application-restricted', 'R', { name: true, address: true }],
    ['patient-access', 'R', { name: true, address: false }],
    ['user-restricted', 'V', { name: false, address: false }],
    ['privileged-application-restricted', 'V', { name: false, address: false }],
    ['user-restricted', 'U', { name: true, address: true }],
    ['application-restricted', 'U', { name: true, address: true }],
  ] as const)('PDS-A65 %s of %s', async (mode, code, seen) => {
    const house = new House('/personal-demographics/FHIR/R4');
    house.now = Date.UTC(2026, 2, 13, 12);
    house.settings = enforced(key.keySet);
    const records = importPatientGroup([person(OWN, code)]);
    if (typeof records === 'string') throw new Error(records);
    await house.spine.patients.import('one', { client: 'operator', mode: 'import', rights: [] }, records);
    const token = await key.sign({ rate: 1_000, ...MODES[mode] });
    const headers = { Authorization: `Bearer ${token}`, 'NHSD-Session-URID': null };
    const { body, status } = await house.send('GET', `/Patient/${OWN}`, { headers });
    const shown = body as Readonly<Record<string, unknown>>;
    expect([status, 'name' in shown, 'address' in shown]).toEqual([200, seen.name, seen.address]);
  });
});
