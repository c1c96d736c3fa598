/** The people whom client developers know from the public sandbox. */
import { expect, test } from 'vitest';
import { isNhsNumber } from '../../src/nhs/nhs-number.ts';
import { sandboxPatients } from '../../scripts/population/sandbox.ts';

const sandbox = sandboxPatients();
const linesOf = (nhsNumber: string) => sandbox.find(([patient]) => patient.id === nhsNumber) ?? [];

test('PDS-I66 Jane Smith shows every extension, two related people and a card', () => {
  const [patient, ...others] = linesOf('9000000009');
  expect(patient).toMatchObject({
    resourceType: 'Patient',
    gender: 'female',
    birthDate: '2010-10-22',
    name: [{ given: ['Jane'], family: 'Smith' }],
    meta: { versionId: '2', security: [{ code: 'U' }] },
  });
  const urls =
    patient?.resourceType === 'Patient' ? (patient.extension ?? []).map(({ url }) => url.split(/[-/]/).at(-1)) : [];
  expect(urls).toEqual([
    'NominatedPharmacy',
    'PreferredDispenserOrganization',
    'MedicalApplianceSupplier',
    'DeathNotificationStatus',
    'NHSCommunication',
    'ContactPreference',
    'birthPlace',
    'RemovalFromRegistration',
  ]);
  expect(others.map(({ resourceType }) => resourceType)).toEqual(['Coverage', 'RelatedPerson', 'RelatedPerson']);
});

test('PDS-I66 the sandbox has restricted, minimal, superseded and invalidated records under valid numbers', () => {
  for (const [patient] of sandbox) expect(isNhsNumber(patient.id ?? '')).toBe(true);
  expect(linesOf('9000000025')[0]).toMatchObject({ meta: { security: [{ code: 'R' }] }, telecom: [{}, {}] });
  expect(Object.keys(linesOf('9000000033')[0] ?? {})).toEqual(['resourceType', 'id', 'identifier', 'meta']);
  expect(linesOf('5900053636')[0]).toMatchObject({
    active: false,
    link: [{ other: { identifier: { value: '9732019395' } } }],
  });
  expect(linesOf('9990003343')[0]).toMatchObject({ meta: { security: [{ code: 'REDACTED' }] } });
});
