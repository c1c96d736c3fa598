/** The synthetic population: the same for everyone, plausible, and unable to reach a real person. */
import { describe, expect, test } from 'vitest';
import { isNhsNumber } from '../../src/nhs/nhs-number.ts';
import { populationNumbers } from '../../scripts/population/numbers.ts';
import { populationPatients } from '../../scripts/population/population.ts';

const PEOPLE = 6000;
const population = [...populationPatients(PEOPLE, 7)];
const patients = population.map(([patient]) => patient);
const text = (value: unknown): string => JSON.stringify(value);

describe('the synthetic population', () => {
  test('PDS-I60 person i does not depend on how many are asked for, nor on the run', () => {
    expect(text([...populationPatients(200, 7)])).toBe(text(population.slice(0, 200)));
    expect(text([...populationPatients(200, 8)])).not.toBe(text(population.slice(0, 200)));
  });

  test('PDS-I61 person i has the i-th valid number of the form 99, counter, check digit', () => {
    const expected = Array.from({ length: PEOPLE * 2 }, (_, counter) => `99${String(counter).padStart(7, '0')}`)
      .flatMap((nine) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((check) => `${nine}${check}`))
      .filter((number) => isNhsNumber(number) && number !== '9900000285');
    expect(patients.map((patient) => patient.id)).toEqual(expected.slice(0, PEOPLE));
    expect(populationNumbers().next().value).toBe('9900000005');
  });

  test('PDS-I62 shares of restricted and superseded people, and where the superseded live on', () => {
    const active = new Set<string>();
    let superseded = 0;
    for (const patient of patients) {
      const target = patient.link?.[0]?.other.identifier?.value;
      if (target === undefined) active.add(patient.id ?? '');
      else {
        superseded += 1;
        expect(active).toContain(target);
        expect(patient).toMatchObject({ active: false, link: [{ type: 'replaced-by' }] });
      }
    }
    const restricted = patients.filter((patient) => patient.meta?.security?.[0]?.code === 'R').length;
    expect(superseded / PEOPLE).toBeGreaterThan(0.0025);
    expect(superseded / PEOPLE).toBeLessThan(0.0075);
    expect(restricted / PEOPLE).toBeGreaterThan(0.006);
    expect(restricted / PEOPLE).toBeLessThan(0.014);
  });

  test('PDS-I62 some have died, moved, have a nickname, a temporary address, an emergency contact, a pharmacy', () => {
    const share = (found: (patient: (typeof patients)[number]) => boolean) => patients.filter(found).length / PEOPLE;
    const extension = (end: string) =>
      share((patient) => patient.extension?.some(({ url }) => url.endsWith(end)) ?? false);
    expect(share((patient) => patient.deceasedDateTime !== undefined)).toBeGreaterThan(0.01);
    expect(share((patient) => patient.name?.some(({ use }) => use === 'nickname') ?? false)).toBeGreaterThan(0.02);
    expect(share((patient) => patient.address?.some(({ use }) => use === 'temp') ?? false)).toBeGreaterThan(0.005);
    expect(share((patient) => patient.contact !== undefined)).toBeGreaterThan(0.2);
    expect(extension('NominatedPharmacy')).toBeGreaterThan(0.4);
    expect(extension('demographics-history')).toBeGreaterThan(0.2);
  });

  test('PDS-I63 telephone numbers are those of dramas, e-mail goes to example.com', () => {
    const telecoms = population.flatMap((resources) =>
      resources.flatMap((resource) => {
        if (resource.resourceType === 'Coverage') return [];
        const contacts = resource.resourceType === 'Patient' ? (resource.contact ?? []) : [];
        return [...(resource.telecom ?? []), ...contacts.flatMap((contact) => contact.telecom ?? [])];
      }),
    );
    const drama =
      /^(07700900|01632960|02079460|01134960|01144960|01154960|01164960|01174960|01184960|01214960|01514960|01614960|01914980)\d{3}$/;
    for (const { system, value } of telecoms) {
      if (system === 'email') expect(value).toMatch(/^[a-z]+\.[a-z]+\d+@example\.com$/);
      else expect(value).toMatch(drama);
    }
    expect(telecoms.length).toBeGreaterThan(PEOPLE);
  });

  test('PDS-I63 names keep to the alphabet of PDS and include apostrophes, hyphens and accents', () => {
    const names = patients
      .flatMap((patient) => patient.name ?? [])
      .flatMap((name) => [name.family ?? '', ...(name.given ?? [])]);
    for (const name of names) expect(name).toMatch(/^[ '\-.0-9A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u017F]{1,35}$/);
    for (const sign of [/'/, /-/, /[À-ſ]/]) expect(names.some((name) => sign.test(name))).toBe(true);
  });

  test('PDS-I63 object ids are eight upper-case hexadecimal digits', () => {
    for (const patient of patients) {
      for (const item of [...(patient.name ?? []), ...(patient.address ?? []), ...(patient.telecom ?? [])]) {
        expect(item.id).toMatch(/^[0-9A-F]{8}$/);
      }
    }
  });

  test('PDS-I64 the lines of one patient average 2 to 3 KB', () => {
    const bytes = population.reduce((sum, resources) => sum + Buffer.byteLength(resources.map(text).join('\n')), 0);
    expect(bytes / PEOPLE).toBeGreaterThan(2000);
    expect(bytes / PEOPLE).toBeLessThan(3000);
  });
});
