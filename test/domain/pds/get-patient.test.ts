import { describe, expect, test } from 'vitest';
import type { Agent, View } from '../../../src/engine/record-kind.ts';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import { security } from '../../../src/domain/pds/patient-parts.ts';
import { masked } from '../../../src/domain/pds/removal-reason.ts';
import {
  agent,
  birthPlace,
  communication,
  death,
  foundBody,
  KEY,
  OTHER,
  patient,
  pharmacy,
  removal,
  stored,
  viewContext,
} from './people.ts';

const modes = ['user-restricted', 'application-restricted', 'privileged-application-restricted', 'open'];

function get(resource = patient(), annex: DemographicsAnnex = {}, by: Agent = agent()): View {
  return demographics.view(stored(resource, annex), { name: 'get-patient' }, viewContext({ agent: by }));
}

const restricted = patient({ meta: { versionId: '3', security: [security('R')] } });
const veryRestricted = patient({ meta: { versionId: '3', security: [security('V')] } });
const rights = (...names: string[]): Agent => agent('user-restricted', { rights: names });

describe('the record itself', () => {
  test.each(modes)('PDS-G01 an ordinary record is served byte for byte, unparsed (%s)', (mode) => {
    const record = stored(patient());
    const view = demographics.view(record, { name: 'get-patient' }, viewContext({ agent: agent(mode) }));
    expect(view).toEqual({ kind: 'found', body: record.body });
    expect(record.parses).toBe(0);
  });

  test('PDS-G01 facts beside the body that nobody is shown leave its bytes alone', () => {
    const annex: DemographicsAnnex = { history: { name: [{ family: 'Seward' }] }, birth: { mother: OTHER } };
    const record = stored(patient(), annex);
    const view = demographics.view(record, { name: 'get-patient' }, viewContext());
    expect(view).toEqual({ kind: 'found', body: record.body });
  });

  test('PDS-G02 an unknown number is not found', () => {
    const view = demographics.view(null, { name: 'get-patient' }, viewContext());
    expect(view).toEqual({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
  });

  test.each(modes)('PDS-G03 a superseded number leads to the retained record (%s)', (mode) => {
    const view = get(patient(), { status: 'superseded', supersededBy: OTHER }, agent(mode));
    expect(view).toEqual({ kind: 'moved', key: OTHER });
  });

  test.each(modes)('PDS-G04 an invalidated record is never shown (%s)', (mode) => {
    const view = get(patient(), { status: 'invalidated', confidentiality: 'REDACTED' }, agent(mode));
    expect(view).toEqual({ kind: 'refused', code: 'INVALIDATED_RESOURCE' });
  });

  test('PDS-G13 former and hidden values are not part of the resource', () => {
    const secret = { name: [{ family: 'Formerly' }], address: [{ postalCode: 'ZZ1 1ZZ' }] };
    const text = JSON.stringify(foundBody(get(patient(), { history: secret, hidden: secret })));
    expect(text).not.toMatch(/Formerly|ZZ1 1ZZ/);
  });
});

describe('restricted patients', () => {
  const hiddenFrom = ['user-restricted', 'application-restricted', 'open', 'patient-access'];

  test.each(hiddenFrom)('PDS-G05 R hides whatever tells the place (%s)', (mode) => {
    const body = foundBody(get(restricted, { confidentiality: 'R' }, agent(mode, { subject: KEY })));
    for (const element of ['address', 'telecom', 'contact', 'generalPractitioner', 'managingOrganization']) {
      expect(body).not.toHaveProperty(element);
    }
    expect(body['extension']).toEqual([death('1'), communication]);
  });

  test('PDS-G05 R leaves who the patient is', () => {
    const body = foundBody(get(restricted, { confidentiality: 'R' }));
    const kept = [
      'id',
      'identifier',
      'meta',
      'name',
      'gender',
      'birthDate',
      'deceasedDateTime',
      'multipleBirthInteger',
    ];
    for (const element of kept) expect(body[element]).toEqual(JSON.parse(JSON.stringify(restricted))[element]);
  });

  test('PDS-G05 no extension is left: no such element', () => {
    const body = foundBody(get({ ...restricted, extension: [pharmacy, birthPlace] }, { confidentiality: 'R' }));
    expect(body).not.toHaveProperty('extension');
  });

  test.each(modes)('PDS-G06 V hides name and birth date as well, from everybody (%s)', (mode) => {
    const body = foundBody(get(veryRestricted, { confidentiality: 'V' }, agent(mode)));
    for (const element of ['name', 'birthDate', 'address', 'telecom', 'generalPractitioner']) {
      expect(body).not.toHaveProperty(element);
    }
    expect(body['meta']).toEqual({ versionId: '3', security: [security('V')] });
  });

  test('PDS-G07 privileged access sees an R record in full', () => {
    const record = stored(restricted, { confidentiality: 'R' });
    const by = agent('privileged-application-restricted');
    const view = demographics.view(record, { name: 'get-patient' }, viewContext({ agent: by }));
    expect(view).toEqual({ kind: 'found', body: record.body });
  });
});

describe('what some systems see more', () => {
  const confidential = (code: string, display: string): [DemographicsAnnex, ReturnType<typeof patient>] => [
    { removalFromRegistration: removal(code, display) },
    patient({ extension: [masked(removal(code, display))] }),
  ];
  const reasonIn = (view: View): string => JSON.stringify(foundBody(view)['extension']);

  test.each([
    ['AFN', 'Armed Forces'],
    ['SDN', 'Services dependant'],
  ])('PDS-G08 reason %s is told to the entitled only', (code, display) => {
    const [annex, resource] = confidential(code, display);
    expect(reasonIn(get(resource, annex))).toContain('"ORR","display":"Other Reason"');
    expect(reasonIn(get(resource, annex))).not.toContain(code);
    expect(reasonIn(get(resource, annex, rights('return-confidential-reason-for-removal')))).toContain(`"${code}"`);
    expect(reasonIn(get(resource, annex, agent('privileged-application-restricted')))).toContain(`"${code}"`);
    expect(reasonIn(get(resource, annex, rights('return-empty-address-lines')))).toContain('ORR');
  });

  test('PDS-G09 a logical deletion is told to nobody', () => {
    const [annex, resource] = confidential('LDN', 'Logical deletion');
    expect(reasonIn(get(resource, annex, rights('return-confidential-reason-for-removal')))).toContain('ORR');
    expect(reasonIn(get(resource, annex, agent('privileged-application-restricted')))).toContain('ORR');
  });

  test('PDS-G08 the removal reason of an R record is not location: it stays, and privileged access sees the true one', () => {
    const [annex, resource] = confidential('AFN', 'Armed Forces');
    expect(reasonIn(get(resource, { ...annex, confidentiality: 'R' }))).toContain('ORR');
    expect(
      reasonIn(get(resource, { ...annex, confidentiality: 'R' }, agent('privileged-application-restricted'))),
    ).toContain('AFN');
  });

  const consentUrl = 'https://hl7.org/fhir/R4/consent.html';
  test.each([
    ['1', 'consent'],
    ['2', 'dissent'],
  ])('PDS-G10 sharing consent %s is told to the entitled only', (consent, display) => {
    const extensions = foundBody(get(patient(), { consent }, rights('return-nhs-record-sharing-consent')))['extension'];
    expect((extensions as unknown[]).at(-1)).toEqual({
      url: consentUrl,
      extension: [
        { url: 'consentType', valueCodeableConcept: { coding: [{ code: '4', display: 'ncrs' }] } },
        { url: 'consentValue', valueCodeableConcept: { coding: [{ code: consent, display }] } },
      ],
    });
    expect(reasonIn(get(patient(), { consent }))).not.toContain(consentUrl);
  });

  test.each(['3', '5'])('PDS-G10 sharing consent %s is told to nobody', (consent) => {
    expect(reasonIn(get(patient(), { consent }, rights('return-nhs-record-sharing-consent')))).not.toContain(
      consentUrl,
    );
  });

  const lines = { addressLines: { A1: [null, '4 The Crescent', null, 'WHITBY', null] } };
  test('PDS-G11 blank address lines return as null with an extension at the same index', () => {
    const address = foundBody(get(patient(), lines, rights('return-empty-address-lines')))['address'] as Record<
      string,
      unknown
    >[];
    expect(address[0]?.['line']).toEqual([null, '4 The Crescent', null, 'WHITBY', null]);
    const twins = address[0]?.['_line'] as ({ extension: unknown[] } | null)[];
    expect(twins.map((twin) => twin === null)).toEqual([false, true, false, true, false]);
    expect(twins[0]?.extension).toHaveLength(1);
    expect(address[1]).not.toHaveProperty('_line');
  });

  test('PDS-G11 nobody else sees them', () => {
    const record = stored(patient(), lines);
    const view = demographics.view(record, { name: 'get-patient' }, viewContext());
    expect(view).toEqual({ kind: 'found', body: record.body });
  });

  test('PDS-G11 lines that changed since are not brought back', () => {
    const moved = patient({ address: [{ id: 'A1', use: 'home', line: ['9 New Road', 'YORK'] }] });
    const address = foundBody(get(moved, lines, rights('return-empty-address-lines')))['address'];
    expect(address).toEqual(moved.address);
  });
});

describe('patient access', () => {
  const own = agent('patient-access', { subject: KEY });
  const denied = { kind: 'refused', code: 'PATIENT_ACCESS_DENIED' };

  test('PDS-G12 a patient sees the own record', () => {
    expect(get(patient(), {}, own).kind).toBe('found');
  });

  test.each(['get-patient', 'get-coverage'] as const)('PDS-G12 no other one, existing or not (%s)', (name) => {
    const stranger = viewContext({ agent: agent('patient-access', { subject: OTHER }) });
    expect(demographics.view(stored(patient()), { name }, stranger)).toEqual(denied);
    expect(demographics.view(null, { name }, stranger)).toEqual(denied);
  });

  test('PDS-G12 without a subject nothing is seen', () => {
    expect(get(patient(), {}, agent('patient-access'))).toEqual(denied);
  });

  test('PDS-G12 a superseded own number leads on; naming the retained number is refused', () => {
    expect(get(patient(), { status: 'superseded', supersededBy: OTHER }, own)).toEqual({ kind: 'moved', key: OTHER });
    const retained = stored(patient({ id: OTHER }));
    const view = demographics.view(retained, { name: 'get-patient' }, viewContext({ key: OTHER, agent: own }));
    expect(view).toEqual(denied);
  });
});

describe('questions of the register', () => {
  const ask = (name: 'get-confidentiality' | 'get-identity', annex: DemographicsAnnex): View =>
    demographics.view(stored(patient(), annex), { name }, viewContext());

  test.each([
    [{}, 'U'],
    [{ consent: '1' }, 'U'],
    [{ confidentiality: 'R' }, 'R'],
    [{ confidentiality: 'V' }, 'V'],
  ] as const)('PDS-G15 the confidentiality of %j is %s', (annex, code) =>
    expect(ask('get-confidentiality', annex)).toEqual({ kind: 'found', body: code }),
  );

  test('PDS-G15 of records that are not there it is none', () => {
    expect(ask('get-confidentiality', { status: 'superseded', supersededBy: OTHER })).toEqual({
      kind: 'moved',
      key: OTHER,
    });
    expect(ask('get-confidentiality', { status: 'invalidated' })).toMatchObject({ code: 'INVALIDATED_RESOURCE' });
    expect(demographics.view(null, { name: 'get-confidentiality' }, viewContext())).toMatchObject({
      code: 'RESOURCE_NOT_FOUND',
    });
  });

  test('PDS-G16 an active record tells who it is, unredacted', () => {
    const body = foundBody(ask('get-identity', { confidentiality: 'V', birth: { mother: OTHER } }));
    expect(body).toEqual({
      given: 'ADA JO',
      family: 'HARKER',
      gender: 'FEMALE',
      birthDate: '1971-05-26',
      postcode: 'YO211AA',
      mother: OTHER,
    });
  });

  test.each([{ status: 'superseded', supersededBy: OTHER }, { status: 'invalidated' }] as const)(
    'PDS-G16 no other record can be the person: %j',
    (annex) => expect(ask('get-identity', annex)).toMatchObject({ code: 'RESOURCE_NOT_FOUND' }),
  );
});
