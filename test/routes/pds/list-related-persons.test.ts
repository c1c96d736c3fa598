/** RelatedPerson at the edge: the Bundle, and what restricted people hide. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import { Edge, refusalIn, replied } from '../support.ts';

const N = '9000000009';
const moved = (key: string): Outcome => ({ kind: 'moved', key });
const refused = (code: string, diagnostics?: string): Outcome =>
  diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };

describe('RelatedPerson', () => {
  const person = (id: string, nhsNumber?: string) => ({
    resourceType: 'RelatedPerson',
    id,
    active: true,
    ...(nhsNumber === undefined
      ? {}
      : {
          patient: { type: 'Patient', identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber } },
        }),
    address: [{ line: ['1'] }],
    telecom: [{ value: '1' }],
  });

  const list = async (people: readonly unknown[], confidentiality: (key: string) => Outcome) => {
    const edge = new Edge();
    edge.spine.answer = ({ kind, key }) =>
      kind === 'related-persons' ? replied(JSON.stringify(people)) : confidentiality(key);
    const response = await edge.send(`/Patient/${N}/RelatedPerson`);
    return { edge, response };
  };

  test('PDS-A48 a Bundle in the stored order, each under its own address', async () => {
    const { edge, response } = await list([person('B'), person('A')], () => replied('U'));
    expect(await response.json()).toMatchObject({
      resourceType: 'Bundle',
      type: 'searchset',
      total: 2,
      timestamp: '2026-03-13T12:00:00+00:00',
      entry: [
        {
          fullUrl: `https://edge.test/personal-demographics/FHIR/R4/Patient/${N}/RelatedPerson/B`,
          resource: { id: 'B', address: [{ line: ['1'] }] },
        },
        { fullUrl: `https://edge.test/personal-demographics/FHIR/R4/Patient/${N}/RelatedPerson/A` },
      ],
    });
    expect(response.headers.has('ETag')).toBe(false);
    expect(edge.spine.only).toMatchObject({ kind: 'related-persons', wish: { name: 'get-related-persons' } });
  });

  test('PDS-A48 nobody is an empty Bundle', async () => {
    const { response } = await list([], () => replied('U'));
    expect(await response.json()).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      timestamp: '2026-03-13T12:00:00+00:00',
      total: 0,
    });
  });

  test.each([
    ['unrestricted', replied('U'), true],
    ['unknown to us', refused('RESOURCE_NOT_FOUND'), true],
    ['restricted', replied('R'), false],
    ['very restricted', replied('V'), false],
    ['invalidated', refused('INVALIDATED_RESOURCE'), false],
  ])('PDS-A49 a related person who is %s', async (_name, outcome, located) => {
    const { edge, response } = await list([person('A', '9000000017')], () => outcome);
    const bundle = (await response.json()) as { entry: { resource: object }[] };
    expect('address' in (bundle.entry[0]?.resource ?? {})).toBe(located);
    expect('telecom' in (bundle.entry[0]?.resource ?? {})).toBe(located);
    expect(edge.spine.asked[1]).toMatchObject({
      key: '9000000017',
      wish: { name: 'get-confidentiality' },
      options: { purpose: 'sweep' },
    });
  });

  test('PDS-A49 a merged related person hides what the surviving record hides', async () => {
    const { response } = await list([person('A', '9000000017')], (key) =>
      key === '9000000017' ? moved('9000000025') : replied('R'),
    );
    expect(await response.text()).not.toContain('telecom');
    const endless = await list([person('A', '9000000017')], () => moved('9000000025'));
    expect(await endless.response.text()).not.toContain('telecom');
  });

  test('PDS-A49 no answer about a related person is no answer at all', async () => {
    const { response } = await list([person('A', '9000000017')], () => ({
      kind: 'unavailable',
      reason: 'broken',
      retryAfterSeconds: 1,
    }));
    expect(response.status).toBe(503);
  });

  test('PDS-A48 an invalid or unknown patient', async () => {
    const edge = new Edge();
    expect((await refusalIn(await edge.send('/Patient/1/RelatedPerson'))).code).toBe('INVALID_RESOURCE_ID');
    edge.spine.answer = () => refused('RESOURCE_NOT_FOUND');
    expect((await refusalIn(await edge.send(`/Patient/${N}/RelatedPerson`))).status).toBe(404);
  });
});
