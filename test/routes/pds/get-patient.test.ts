/** GET /Patient/{id} at the edge: the id, merges, what a shard says or fails to say. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import { Edge, refusalIn, replied, REQUEST_ID } from '../support.ts';

const N = '9000000009';
const moved = (key: string): Outcome => ({ kind: 'moved', key });
const refused = (code: string, diagnostics?: string): Outcome =>
  diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };

describe('GET /Patient/{id}', () => {
  test('PDS-A34 one audited read of the demographics', async () => {
    const edge = new Edge();
    await edge.send(`/Patient/${N}`);
    expect(edge.spine.only).toMatchObject({
      kind: 'demographics',
      key: N,
      wish: { name: 'get-patient' },
      options: { requestId: REQUEST_ID, purpose: 'access' },
    });
  });

  test.each([
    '9000000000',
    '900000000',
    '90000000091',
    '123',
    'abcdefghij',
    '9000 00009',
    '+900000009',
    '9000000009%20',
  ])('PDS-A34 %s is no NHS number', async (id) => {
    const edge = new Edge();
    const response = await edge.send(`/Patient/${id}`);
    expect(response.headers.get('Content-Type')).toBe('application/fhir+json');
    expect(await refusalIn(response)).toEqual({
      status: 400,
      code: 'INVALID_RESOURCE_ID',
      display: 'Resource Id is invalid',
      issueCode: 'value',
      severity: 'error',
      diagnostics: undefined,
    });
    expect(edge.spine.asked).toEqual([]);
  });

  test.each([
    ['RESOURCE_NOT_FOUND', 404, 'Resource not found', 'not-found', 'information'],
    [
      'INVALIDATED_RESOURCE',
      404,
      'Resource that has been marked as invalid was requested - invalid resources cannot be retrieved',
      'processing',
      'error',
    ],
    ['PATIENT_ACCESS_DENIED', 403, 'Patient cannot perform this action', 'forbidden', 'error'],
  ])('PDS-A35 refusal %s is %i', async (...row) => {
    const [code, status, display, issueCode, severity] = row;
    const edge = new Edge();
    edge.spine.answer = () => refused(code);
    expect(await refusalIn(await edge.send(`/Patient/${N}`))).toMatchObject({ status, display, issueCode, severity });
  });

  test('PDS-A36 a merged record is read where it lives on', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }) => (key === N ? moved('9000000017') : replied('{"id":"9000000017"}', { version: 3 }));
    const response = await edge.send(`/Patient/${N}`);
    expect([response.status, response.headers.get('ETag'), await response.text()]).toEqual([
      200,
      'W/"3"',
      '{"id":"9000000017"}',
    ]);
  });

  test('PDS-A36 a chain of merges ends', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }) => moved(key === N ? '9000000017' : N);
    const response = await edge.send(`/Patient/${N}`);
    expect(response.status).toBe(500);
    expect(edge.spine.asked).toHaveLength(5);
  });

  test.each([
    ['timeout', 5, '5'],
    ['overloaded', 2, '2'],
    ['broken', 3, '3'],
  ] as const)('PDS-A37 a shard that is %s is 503 with Retry-After', async (reason, retryAfterSeconds, header) => {
    const edge = new Edge();
    edge.spine.answer = () => ({ kind: 'unavailable', reason, retryAfterSeconds });
    const response = await edge.send(`/Patient/${N}`);
    expect(response.headers.get('Retry-After')).toBe(header);
    expect(await refusalIn(response)).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      display: 'Service unavailable',
      issueCode: 'timeout',
      severity: 'error',
      diagnostics:
        "The downstream domain processing has not completed within the configured timeout period. Using the same 'X-Request-ID' header, retry your request after the time specified by the 'Retry-After' response header.",
    });
  });
});
