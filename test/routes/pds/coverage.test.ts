/** Coverage at the edge: the card in its Bundle, and the new one. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import { Edge, refusalIn, replied } from '../support.ts';
import type { Sent } from '../support.ts';

const N = '9000000009';
const moved = (key: string): Outcome => ({ kind: 'moved', key });

describe('Coverage', () => {
  const CARD = '{"resourceType":"Coverage","status":"active"}';
  const coverage = {
    resourceType: 'Coverage',
    status: 'active',
    subscriber: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: N } },
    identifier: [
      { value: '29401395498043123948', assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: 'FRA' } } },
    ],
    beneficiary: { identifier: { value: '178705ABC' } },
    payor: [{ identifier: { value: '123456' } }],
    period: { end: '2030-12-31' },
  };
  const post = (more: Sent = {}): Sent => ({
    method: 'POST',
    body: coverage,
    ...more,
    headers: { 'Content-Type': 'application/json', 'If-Match': 'W/"7"', ...more.headers },
  });

  test('PDS-A50 a card with the version of the record', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(`[${CARD}]`, { version: 4, attributes: { versionId: '4' } });
    const response = await edge.send(`/Coverage?subscriber:identifier=${N}`);
    expect(response.headers.get('ETag')).toBe('W/"4"');
    expect(await response.json()).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      timestamp: '2026-03-13T12:00:00+00:00',
      total: 1,
      meta: { versionId: '4' },
      entry: [
        {
          fullUrl: `https://edge.test/personal-demographics/FHIR/R4/Coverage?subscriber:identifier=${N}`,
          resource: JSON.parse(CARD),
        },
      ],
    });
  });

  test('PDS-A50 no card still tells the version', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied('[]', { version: 4 });
    const response = await edge.send(`/Coverage?subscriber%3Aidentifier=${N}`);
    expect(response.headers.get('ETag')).toBe('W/"4"');
    expect(await response.json()).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      timestamp: '2026-03-13T12:00:00+00:00',
      total: 0,
      meta: { versionId: '4' },
    });
  });

  test('PDS-A50 of a merged record under the surviving number; an invalid number', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }) => (key === N ? moved('9000000017') : replied(`[${CARD}]`));
    expect(await (await edge.send(`/Coverage?subscriber:identifier=${N}`)).text()).toContain(
      'subscriber:identifier=9000000017',
    );
    expect((await refusalIn(await edge.send('/Coverage?subscriber:identifier=9000000000'))).code).toBe(
      'INVALID_RESOURCE_ID',
    );
  });

  test('PDS-A51 a new card is put to the record of its subscriber', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(`[${CARD}]`, { version: 8, effect: 'accepted' });
    const response = await edge.send('/Coverage', post());
    expect([response.status, response.headers.get('ETag')]).toEqual([201, 'W/"8"']);
    expect(edge.spine.only).toMatchObject({
      key: N,
      wish: { name: 'update-coverage', coverage },
      options: { expectedVersion: 7 },
    });
  });

  test.each([
    ['no version', { 'If-Match': null }, coverage, 412, 'PRECONDITION_FAILED'],
    ['another type', { 'Content-Type': 'text/plain' }, coverage, 400, 'UNSUPPORTED_SERVICE'],
    ['a broken body', {}, '{', 400, 'INVALID_UPDATE'],
    ['a missing status', {}, { ...coverage, status: undefined }, 400, 'MISSING_VALUE'],
  ])('PDS-A51 refused: %s', async (...row) => {
    const [, headers, body, status, code] = row;
    const edge = new Edge();
    expect(await refusalIn(await edge.send('/Coverage', post({ headers, body })))).toMatchObject({ status, code });
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A51 a patch content type is taken', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(`[${CARD}]`);
    expect(
      (await edge.send('/Coverage', post({ headers: { 'Content-Type': 'application/json-patch+json' } }))).status,
    ).toBe(201);
  });
});
