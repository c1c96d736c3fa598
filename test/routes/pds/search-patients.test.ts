/** Search at the edge: own writes first, the index proposes, the shards decide, the mode limits. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { indexDemographics } from '../../../src/domain/pds/search-index.ts';
import { patient } from '../../domain/pds/people.ts';
import { Edge, enforced, refusalIn, replied, SCOPE, signer } from '../support.ts';
import type { Signer } from '../support.ts';

const person = patient();
const family = person.name?.[0]?.family ?? '';
const QUERY = `/Patient?family=${family}&birthdate=eq${person.birthDate}`;
const NUMBERS = ['9000000033', '9000000009', '9000000025', '9000000017'];

function documentOf(state = { resource: person, annex: {} }): string {
  const row = indexDemographics(state);
  if (row === null) throw new Error('the person of the tests is not indexed');
  return row.document;
}

function edgeWith(numbers: readonly string[], score: (key: string) => string = () => '1'): Edge {
  const edge = new Edge();
  edge.spine.candidates = numbers.map((number) => [number, documentOf()] as const);
  edge.spine.answer = ({ key }) =>
    replied(`{"resourceType":"Patient","id":"${key}"}`, { attributes: { score: score(key) } });
  return edge;
}

interface Bundle {
  readonly total: number;
  readonly entry?: readonly {
    readonly fullUrl: string;
    readonly search: { readonly score: number };
    readonly resource: { readonly id: string };
  }[];
}

const bundleIn = async (response: Response) => (await response.json()) as Bundle;
const idsIn = async (response: Response) => ((await bundleIn(response)).entry ?? []).map(({ resource }) => resource.id);

describe('GET /Patient?…', () => {
  test('PDS-A52 nobody: total 0 and no entry, no ETag', async () => {
    const edge = edgeWith([]);
    const response = await edge.send(QUERY);
    expect(response.headers.has('ETag')).toBe(false);
    expect(response.headers.get('Content-Type')).toBe('application/fhir+json');
    expect(await response.json()).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      timestamp: '2026-03-13T12:00:00+00:00',
      total: 0,
    });
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A52 the best score first, then the lower NHS number', async () => {
    const edge = edgeWith(NUMBERS, (key) => (key === '9000000025' ? '1' : '0.9'));
    expect(await idsIn(await edge.send(QUERY))).toEqual(['9000000025', '9000000009', '9000000017', '9000000033']);
  });

  test('PDS-A52 each entry has its address and its score', async () => {
    const bundle = await bundleIn(await edgeWith(['9000000009'], () => '0.9317').send(QUERY));
    expect(bundle).toMatchObject({
      total: 1,
      entry: [
        { fullUrl: 'https://edge.test/personal-demographics/FHIR/R4/Patient/9000000009', search: { score: 0.9317 } },
      ],
    });
  });

  test('PDS-A53 every candidate is read as an access, with the criteria', async () => {
    const edge = edgeWith(['9000000009']);
    await edge.send(QUERY);
    expect(edge.spine.only).toMatchObject({
      kind: 'demographics',
      key: '9000000009',
      wish: { name: 'match-patient', criteria: { family: { text: family } } },
      options: { purpose: 'access' },
    });
  });

  test('PDS-A53 who cannot match by the index is not asked', async () => {
    const edge = edgeWith(['9000000009']);
    const other = documentOf({
      resource: patient({ name: [{ use: 'usual', family: 'Elsewhere', given: ['X'] }] }),
      annex: {},
    });
    edge.spine.candidates = [...edge.spine.candidates, ['9000000017', other]];
    expect(await idsIn(await edge.send(QUERY))).toEqual(['9000000009']);
    expect(edge.spine.asked).toHaveLength(1);
  });

  test('PDS-A53 a record that no longer matches is left out', async () => {
    const edge = edgeWith(NUMBERS);
    edge.spine.answer = ({ key }) =>
      key === '9000000009' ? replied('{"id":"9000000009"}') : { kind: 'refused', code: 'RESOURCE_NOT_FOUND' };
    expect(await idsIn(await edge.send(QUERY))).toEqual(['9000000009']);
  });

  test.each([
    ['_max-results=4', 4],
    ['_max-results=50', 4],
    ['', 4],
  ])('PDS-A54 within the limit %j', async (limit, total) => {
    expect((await bundleIn(await edgeWith(NUMBERS).send(`${QUERY}&${limit}`))).total).toBe(total);
  });

  test('PDS-A54 more than the limit is too many, never cut', async () => {
    expect(await refusalIn(await edgeWith(NUMBERS).send(`${QUERY}&_max-results=3`))).toEqual({
      status: 200,
      code: 'TOO_MANY_MATCHES',
      display: 'Too Many Matches',
      issueCode: 'multiple-matches',
      severity: 'information',
      diagnostics: undefined,
    });
  });

  test('PDS-A54 a search that is far too broad asks no shard', async () => {
    const edge = edgeWith(Array.from({ length: 201 }, (_, i) => String(9_000_000_000 + i)));
    expect((await refusalIn(await edge.send(QUERY))).code).toBe('TOO_MANY_MATCHES');
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A54 when the index itself gives up, that is not nobody', async () => {
    const edge = edgeWith(Array.from({ length: 1_001 }, (_, i) => String(9_000_000_000 + i)));
    expect((await refusalIn(await edge.send(QUERY.replace(family, 'Nobody')))).code).toBe('TOO_MANY_MATCHES');
  });

  test('PDS-A55 half a result is no result', async () => {
    const edge = edgeWith(NUMBERS);
    edge.spine.answer = ({ key }) =>
      key === '9000000017' ? { kind: 'unavailable', reason: 'overloaded', retryAfterSeconds: 2 } : replied('{}');
    const response = await edge.send(QUERY);
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '2']);
  });

  test('PDS-A55 an index that does not answer is 503 and tells nothing', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const edge = edgeWith(NUMBERS);
    edge.spine.indexFails = true;
    const response = await edge.send(QUERY);
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5']);
    expect(await response.text()).not.toMatch(/D1|patient_index|9000000009/);
    expect(JSON.stringify(log.mock.calls)).not.toMatch(/9000000009/);
    log.mockRestore();
  });

  test.each([
    ['/Patient?', 'UNSUPPORTED_SERVICE', undefined],
    [
      `${QUERY}&pet=cat`,
      'ADDITIONAL_PROPERTIES',
      "Invalid request with error - Additional properties are not allowed ('pet' was unexpected)",
    ],
    [
      '/Patient?family=Smith',
      'MISSING_VALUE',
      "Missing value - 'birth_date/birth_date_range_start/birth_date_range_end'",
    ],
    ['/Patient?family=Smith&birthdate=1.1.2000', 'INVALID_VALUE', "Invalid value - '1.1.2000' in field 'birthdate'"],
    [
      '/Patient?family=Smith&birthdate=eq2000-01-01&_max-results=51',
      'INVALID_VALUE',
      "Invalid value - '51' in field '_max-results'",
    ],
  ])('PDS-A56 refused before anybody is asked: %s', async (path, code, diagnostics) => {
    const edge = edgeWith(NUMBERS);
    expect(await refusalIn(await edge.send(path))).toMatchObject({ status: 400, code, diagnostics });
  });

  test('PDS-A56 names in percent or plus encoding are the same name', async () => {
    const edge = edgeWith(['9000000009']);
    await edge.send(
      `/Patient?family=${[...family].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')}&birthdate=eq${person.birthDate}`,
    );
    expect(edge.spine.asked).toHaveLength(1);
  });
});

describe('applications without a user', () => {
  let key: Signer;
  beforeAll(async () => {
    key = await signer('ES256');
  });

  test.each([
    ['application', SCOPE.app],
    ['privileged application', SCOPE.privileged],
  ])('PDS-A57 %s: one match is told, two are too many', async (_name, scope) => {
    for (const limit of ['', '&_max-results=1']) {
      for (const [numbers, code] of [
        [NUMBERS.slice(0, 1), null],
        [NUMBERS.slice(0, 2), 'TOO_MANY_MATCHES'],
      ] as const) {
        const edge = edgeWith(numbers);
        edge.settings = enforced(key.keySet);
        const response = await edge.send(`${QUERY}${limit}`, {
          headers: { Authorization: `Bearer ${await key.sign({ scope })}` },
        });
        if (code === null) expect((await bundleIn(response)).total).toBe(1);
        else expect((await refusalIn(response)).code).toBe(code);
      }
    }
  });
});
