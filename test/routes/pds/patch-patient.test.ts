/** PATCH /Patient/{id} at the edge: preconditions, body, waiting, and the refusals of shard and rules. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import { CORRELATION_ID, Edge, PATIENT, patching, refusalIn, replied, REQUEST_ID } from '../support.ts';
import type { Sent } from '../support.ts';

const N = '9000000009';
const refused = (code: string, diagnostics?: string): Outcome =>
  diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };

describe('PATCH /Patient/{id}', () => {
  test('PDS-A38 one command with the version, the request id and a fingerprint', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(PATIENT, { version: 8, effect: 'accepted' });
    const response = await edge.send(`/Patient/${N}`, patching());
    expect([response.status, response.headers.get('ETag')]).toEqual([200, 'W/"8"']);
    expect(edge.spine.only).toMatchObject({
      kind: 'demographics',
      key: N,
      wish: { name: 'patch-patient', patches: [{ op: 'replace', path: '/gender', value: 'female' }] },
      options: { expectedVersion: 7, waitMs: 10_000 },
    });
    expect(edge.spine.only.options).toHaveProperty('fingerprint', expect.stringMatching(/^[0-9a-f]{64}$/));
  });

  test('PDS-A63 where access is open one request id may be sent with different requests', async () => {
    const edge = new Edge();
    const idFor = async (sent: Sent) => {
      await edge.send(`/Patient/${N}`, sent);
      return edge.spine.asked.at(-1)?.options.requestId;
    };
    const first = await idFor(patching());
    expect(first).toMatch(new RegExp(`^${REQUEST_ID}/[0-9a-f]{64}$`));
    expect(await idFor(patching())).toBe(first);
    expect(await idFor(patching({ headers: { 'If-Match': 'W/"9"' } }))).not.toBe(first);
  });

  test('PDS-A38 the fingerprint tells requests apart by body, version and record', async () => {
    const edge = new Edge();
    const prints = async (path: string, sent: Sent) => {
      await edge.send(path, sent);
      const options = edge.spine.asked.at(-1)?.options;
      return options !== undefined && 'fingerprint' in options ? options.fingerprint : '';
    };
    const first = await prints(`/Patient/${N}`, patching());
    expect(await prints(`/Patient/${N}`, patching({ headers: { 'X-Correlation-ID': CORRELATION_ID } }))).toBe(first);
    expect(await prints(`/Patient/${N}`, patching({ body: { patches: [] } }))).not.toBe(first);
    expect(await prints(`/Patient/${N}`, patching({ headers: { 'If-Match': 'W/"8"' } }))).not.toBe(first);
    expect(await prints('/Patient/9000000017', patching())).not.toBe(first);
  });

  test.each([
    null,
    '',
    '7',
    '"7"',
    'W/"x"',
    'W/7',
    'w/"7"',
    'W/"7',
    '*',
    'W/"7", W/"7"',
    'W/"-7"',
    'W/"7.0"',
    `W/"${'7'.repeat(40)}"`,
  ])('PDS-A39 If-Match %j is no version', async (value) => {
    const edge = new Edge();
    expect(await refusalIn(await edge.send(`/Patient/${N}`, patching({ headers: { 'If-Match': value } })))).toEqual({
      status: 412,
      code: 'PRECONDITION_FAILED',
      display: 'Required condition was not fulfilled',
      issueCode: 'structure',
      severity: 'error',
      diagnostics: 'Invalid request with error - If-Match header must be supplied to update this resource',
    });
    expect(edge.spine.asked).toEqual([]);
  });

  test.each([
    'application/json-patch+json',
    'application/json',
    'application/json-patch+json; charset=utf-8',
    'APPLICATION/JSON',
  ])('PDS-A40 content type %s is taken', async (type) => {
    expect((await new Edge().send(`/Patient/${N}`, patching({ headers: { 'Content-Type': type } }))).status).toBe(200);
  });

  test.each([
    '',
    'text/plain',
    'application/fhir+json',
    'application/xml',
    'application/json-patch',
    'application/json, text/plain',
  ])('PDS-A40 content type %j is an unsupported service', async (type) => {
    const edge = new Edge();
    expect(
      (await refusalIn(await edge.send(`/Patient/${N}`, patching({ headers: { 'Content-Type': type } })))).code,
    ).toBe('UNSUPPORTED_SERVICE');
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A41 order: request id, NHS number, version, content type, body', async () => {
    const edge = new Edge();
    const code = async (path: string, headers: Record<string, string | null>, body: string) =>
      (await refusalIn(await edge.send(path, { method: 'PATCH', headers, body }))).code;
    const all = { 'X-Request-ID': null, 'Content-Type': 'text/plain' };
    expect(await code('/Patient/1', all, '{')).toBe('MISSING_VALUE');
    expect(await code('/Patient/1', { ...all, 'X-Request-ID': REQUEST_ID }, '{')).toBe('INVALID_RESOURCE_ID');
    expect(await code(`/Patient/${N}`, { ...all, 'X-Request-ID': REQUEST_ID }, '{')).toBe('PRECONDITION_FAILED');
    expect(await code(`/Patient/${N}`, { ...all, 'X-Request-ID': REQUEST_ID, 'If-Match': 'W/"7"' }, '{')).toBe(
      'UNSUPPORTED_SERVICE',
    );
    expect(await code(`/Patient/${N}`, { 'If-Match': 'W/"7"', 'Content-Type': 'application/json' }, '{')).toBe(
      'INVALID_UPDATE',
    );
  });

  test.each(['', '{', 'patches', '{"patches":[],"patches":[]}', `{"patches":${'['.repeat(40)}${']'.repeat(40)}}`])(
    'PDS-A42 a body that cannot be used: %s',
    async (body) => {
      const edge = new Edge();
      expect(await refusalIn(await edge.send(`/Patient/${N}`, patching({ body })))).toMatchObject({
        status: 400,
        code: 'INVALID_UPDATE',
        diagnostics: 'Invalid update with error - Invalid payload received - incorrect format',
      });
      expect(edge.spine.asked).toEqual([]);
    },
  );

  test.each([
    ['{}', undefined],
    ['[]', undefined],
    ['null', undefined],
    ['"x"', undefined],
    ['{"patches":null}', null],
    ['{"patches":[],"correction":true}', []],
  ])('PDS-A42 the shard judges the patches of %s', async (body, patches) => {
    const edge = new Edge();
    await edge.send(`/Patient/${N}`, patching({ body }));
    expect(edge.spine.only.wish).toEqual({ name: 'patch-patient', patches });
  });

  test('PDS-A42 a body over 1 MB is refused', async () => {
    const response = await new Edge().send(
      `/Patient/${N}`,
      patching({ body: `{"patches":"${'x'.repeat(1_048_576)}"}` }),
    );
    expect(response.status).toBe(413);
  });

  test.each([
    ['version-mismatch', 409, 'RESOURCE_VERSION_MISMATCH', 'conflict', undefined],
    ['request-id-reused', 400, 'INVALID_VALUE', 'value', `Invalid value - '${REQUEST_ID}' in header 'X-Request-ID'`],
    ['not-ours', 503, 'SERVICE_UNAVAILABLE', 'timeout', expect.stringContaining('X-Request-ID')],
    ['read-only', 503, 'SERVICE_UNAVAILABLE', 'timeout', expect.stringContaining('X-Request-ID')],
    ['too-large', 400, 'INVALID_UPDATE', 'structure', expect.stringContaining('too large')],
  ])('PDS-A43 engine refusal %s is %i', async (...row) => {
    const [code, status, wire, issueCode, diagnostics] = row;
    const edge = new Edge();
    edge.spine.answer = () => refused(code);
    const response = await edge.send(`/Patient/${N}`, patching());
    expect(response.headers.get('Retry-After')).toBe(status === 503 ? '5' : null);
    expect(await refusalIn(response)).toMatchObject({ status, code: wire, issueCode, diagnostics });
  });

  test.each([
    ['INVALID_UPDATE', 400, 'Update is invalid', 'structure', 'error'],
    ['FORBIDDEN_UPDATE', 403, 'Update is forbidden', 'forbidden', 'information'],
    ['INVALID_VALUE', 400, 'Provided value is invalid', 'value', 'error'],
    ['ADDITIONAL_PROPERTIES', 400, 'Additional properties should not be included', 'invariant', 'error'],
    ['TOO_MANY_VALUES_SUBMITTED', 400, 'Too many values submitted', 'value', 'error'],
    ['TOO_FEW_VALUES_SUBMITTED', 400, 'Too few values submitted', 'value', 'error'],
  ])('PDS-A43 domain refusal %s brings its own text', async (...row) => {
    const [code, status, display, issueCode, severity] = row;
    const edge = new Edge();
    edge.spine.answer = () => refused(code, 'text of the rule');
    expect(await refusalIn(await edge.send(`/Patient/${N}`, patching()))).toEqual({
      status,
      code,
      display,
      issueCode,
      severity,
      diagnostics: 'text of the rule',
    });
  });

  test.each([
    ['10', 10_000],
    ['0.25', 250],
    ['0.1', 250],
    ['0', 250],
    ['29', 29_000],
    ['600', 29_000],
    [null, 10_000],
    ['', 10_000],
    ['soon', 10_000],
    ['-1', 10_000],
    ['1e3', 10_000],
    ['5, 5', 10_000],
  ])('PDS-A44 X-Sync-Wait %j waits %i ms', async (value, waitMs) => {
    const edge = new Edge();
    await edge.send(`/Patient/${N}`, patching({ headers: { 'X-Sync-Wait': value } }));
    expect(edge.spine.only.options).toMatchObject({ waitMs });
  });
});
