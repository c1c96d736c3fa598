import { describe, expect, test } from 'vitest';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import type { SearchCriteria } from '../../../src/domain/pds/search-criteria.ts';
import { projected } from '../../../src/domain/pds/search-entry.ts';
import { agent, death, foundBody, OTHER, patient, stored, viewContext } from './people.ts';

const criteria: SearchCriteria = {
  family: { text: 'harker', wildcard: false },
  given: [],
  birthDate: { from: '1971-05-26', to: '1971-05-26' },
  fuzzy: false,
  exact: false,
  history: false,
  excludesRestricted: false,
  registration: false,
  maxResults: 50,
  maxResultsGiven: false,
};

const entry = (annex: DemographicsAnnex = {}, changes: Partial<SearchCriteria> = {}, by = agent()) =>
  demographics.view(
    stored(patient(), annex),
    { name: 'match-patient', criteria: { ...criteria, ...changes } },
    viewContext({ agent: by }),
  );

describe('what an entry shows', () => {
  test('PDS-G20 only current names, the home address and the death notification; no managing organisation', () => {
    const body = foundBody(entry());
    expect((body['name'] as { use: string }[]).map((name) => name.use)).toEqual(['usual', 'nickname']);
    expect((body['address'] as { use: string }[]).map((address) => address.use)).toEqual(['home']);
    expect(body['extension']).toEqual([death('1')]);
    expect(body).not.toHaveProperty('managingOrganization');
    for (const element of ['telecom', 'contact', 'generalPractitioner', 'multipleBirthInteger', 'deceasedDateTime']) {
      expect(body).toHaveProperty(element);
    }
  });

  test('PDS-G20 lists that end up empty are absent, and members keep their order', () => {
    const shown = projected(patient({ extension: [], address: [{ use: 'temp' }], name: [{ use: 'old' }] }));
    expect(Object.keys(shown)).toEqual([
      'resourceType',
      'id',
      'identifier',
      'meta',
      'gender',
      'birthDate',
      'multipleBirthInteger',
      'deceasedDateTime',
      'generalPractitioner',
      'telecom',
      'contact',
    ]);
  });

  test('PDS-G20 the score stands beside the body', () => {
    const view = entry();
    expect(view.kind === 'found' && Number(view.attributes?.['score'])).toBe(1);
  });

  test('PDS-G11 blank lines return in search results too', () => {
    const annex = { addressLines: { A1: ['4 The Crescent', null, null, 'WHITBY'] } };
    const by = agent('user-restricted', { rights: ['return-empty-address-lines'] });
    const body = foundBody(entry(annex, {}, by));
    expect(body['address']).toMatchObject([{ line: ['4 The Crescent', null, null, 'WHITBY'] }]);
  });
});

describe('who is an entry', () => {
  test.each(['user-restricted', 'privileged-application-restricted'])(
    'PDS-G21 an R patient is found, redacted (%s)',
    (mode) => {
      const body = foundBody(entry({ confidentiality: 'R' }, {}, agent(mode)));
      expect(body).toHaveProperty('name');
      for (const element of ['address', 'telecom', 'contact', 'generalPractitioner'])
        expect(body).not.toHaveProperty(element);
    },
  );

  test('PDS-G21 an R patient is no result where the search asks for what is hidden', () => {
    expect(entry({ confidentiality: 'R' }, { excludesRestricted: true })).toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    expect(entry({}, { excludesRestricted: true }).kind).toBe('found');
  });

  test.each([
    ['another name', {}, { family: { text: 'Renfield', wildcard: false } }],
    ['superseded', { status: 'superseded', supersededBy: OTHER }, {}],
    ['invalidated', { status: 'invalidated', confidentiality: 'REDACTED' }, {}],
  ] as const)('PDS-G22 no result: %s', (_why, annex, changes) => {
    expect(entry(annex, changes)).toMatchObject({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
  });

  test('PDS-G22 no record, no result', () => {
    expect(demographics.view(null, { name: 'match-patient', criteria }, viewContext())).toMatchObject({
      kind: 'refused',
    });
  });
});
