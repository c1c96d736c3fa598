/** Mirrored ids, request id rules, security headers, CORS, hostile values. */
import { describe, expect, test } from 'vitest';
import { BASE, CORRELATION_ID, Edge, PATIENT, patching, refusalIn, REQUEST_ID } from './support.ts';

const PATH = '/Patient/9000000009';

describe('request id', () => {
  test('PDS-A01 X-Request-ID and X-Correlation-ID come back as sent on success', async () => {
    const response = await new Edge().send(PATH, { headers: { 'X-Correlation-ID': CORRELATION_ID } });
    expect(response.status).toBe(200);
    expect(response.headers.get('X-Request-ID')).toBe(REQUEST_ID);
    expect(response.headers.get('X-Correlation-ID')).toBe(CORRELATION_ID);
    expect(response.headers.get('Content-Type')).toBe('application/fhir+json');
    expect(response.headers.get('ETag')).toBe('W/"7"');
    expect(await response.text()).toBe(PATIENT);
  });

  test('PDS-A01 both come back on a refusal too, even an invalid request id', async () => {
    const response = await new Edge().send(PATH, {
      headers: { 'X-Request-ID': '1234', 'X-Correlation-ID': 'any text' },
    });
    expect(response.headers.get('X-Request-ID')).toBe('1234');
    expect(response.headers.get('X-Correlation-ID')).toBe('any text');
    expect(await refusalIn(response)).toMatchObject({
      status: 400,
      code: 'INVALID_VALUE',
      issueCode: 'value',
      severity: 'error',
      diagnostics: "Invalid value - '1234' in header 'X-Request-ID'",
    });
    expect(response.headers.get('Content-Type')).toBe('application/json');
  });

  test('PDS-A01 neither is made up when it was not sent', async () => {
    const response = await new Edge().send('/HelloWorld', { headers: { 'X-Request-ID': null } });
    expect(response.headers.has('X-Request-ID')).toBe(false);
    expect(response.headers.has('X-Correlation-ID')).toBe(false);
  });

  test('PDS-A02 a missing X-Request-ID is a missing value', async () => {
    const edge = new Edge();
    const response = await edge.send(PATH, { headers: { 'X-Request-ID': null } });
    expect(await refusalIn(response)).toEqual({
      status: 400,
      code: 'MISSING_VALUE',
      display: 'Required value is missing',
      issueCode: 'required',
      severity: 'error',
      diagnostics: 'Invalid request with error - X-Request-ID header must be supplied to access this resource',
    });
    expect(response.headers.get('Content-Type')).toBe('application/fhir+json');
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A02 an empty X-Request-ID is an invalid value, as on the live gateway, and is not mirrored', async () => {
    const response = await new Edge().send(PATH, { headers: { 'X-Request-ID': '' } });
    expect((await refusalIn(response)).diagnostics).toBe("Invalid value - '' in header 'X-Request-ID'");
    expect(response.headers.has('X-Request-ID')).toBe(false);
  });

  test.each([
    ['lower case', '60e0b220-8136-4ca5-ae46-1d97ef59d068'],
    ['version 0', '00000000-0000-0000-0000-000000000000'],
    ['version 7', '018f0000-0000-7000-8000-000000000000'],
    ['version F', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'],
  ])('PDS-A02 any UUID will do: %s', async (_name, id) => {
    expect((await new Edge().send(PATH, { headers: { 'X-Request-ID': id } })).status).toBe(200);
  });

  test.each([
    ['too short', REQUEST_ID.slice(1)],
    ['too long', `${REQUEST_ID}0`],
    ['a letter that is no digit', `G${REQUEST_ID.slice(1)}`],
    ['no dashes', REQUEST_ID.replaceAll('-', '0')],
    ['two merged headers', `${REQUEST_ID}, ${REQUEST_ID}`],
    ['braces', `{${REQUEST_ID}}`],
    ['markup', '<script>alert(1)</script>'],
  ])('PDS-A02 no UUID: %s', async (_name, id) => {
    const edge = new Edge();
    const refusal = await refusalIn(await edge.send(PATH, { headers: { 'X-Request-ID': id } }));
    expect(refusal).toMatchObject({
      status: 400,
      code: 'INVALID_VALUE',
      diagnostics: `Invalid value - '${id}' in header 'X-Request-ID'`,
    });
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A03 a huge header value is neither quoted nor mirrored whole', async () => {
    const response = await new Edge().send(PATH, {
      headers: { 'X-Request-ID': 'x'.repeat(70_000), 'X-Correlation-ID': 'y'.repeat(70_000) },
    });
    expect(response.status).toBe(400);
    expect(response.headers.has('X-Request-ID')).toBe(false);
    expect(response.headers.has('X-Correlation-ID')).toBe(false);
    expect((await response.text()).length).toBeLessThan(1_000);
  });

  test.each([
    ['tab', 'a\tb'],
    ['DEL', 'a\x7fb'],
    ['C1 control stays within Latin-1', 'a\u0085b'],
  ])('PDS-A03 control characters in a mirrored value: %s', async (name, value) => {
    const response = await new Edge().send(PATH, { headers: { 'X-Correlation-ID': value } });
    expect(response.status).toBe(200);
    expect(response.headers.get('X-Correlation-ID')).toBe(name.startsWith('C1') ? value : null);
  });

  test('PDS-A03 CR and LF cannot get into an answer', async () => {
    const edge = new Edge();
    // No server hands these to us; should one ever do, nothing is mirrored.
    const request = new Request(`${BASE}${PATH}`);
    const hostile = new Map([
      ['x-request-id', REQUEST_ID],
      ['x-correlation-id', 'a\r\nSet-Cookie: b=c'],
    ]);
    Object.defineProperty(request, 'headers', {
      value: { get: (name: string) => hostile.get(name.toLowerCase()) ?? null },
    });
    const { route } = await import('../../src/routes/router.ts');
    const response = await route(request, edge.surroundings);
    expect(response.status).toBe(200);
    expect(response.headers.has('Set-Cookie')).toBe(false);
    expect(response.headers.has('X-Correlation-ID')).toBe(false);
  });
});

describe('headers of every answer', () => {
  test.each([
    ['found', PATH],
    ['unsupported path', '/HelloWorld'],
    ['ping', '/_ping'],
    ['unknown base path', 'https://edge.test/elsewhere'],
    ['operator without key', 'https://edge.test/operator/status'],
  ])('PDS-A04 nothing is cached or sniffed: %s', async (_name, path) => {
    const { headers } = await new Edge().send(path);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  test('PDS-A04 internal headers of a client are neither believed nor returned', async () => {
    const edge = new Edge();
    const names = ['NHSE-PDS-Custom-Attributes', 'NHSE-PDS-Privileged-Access', 'NHSD-NHSLogin-User'];
    const response = await edge.send(PATH, { headers: Object.fromEntries(names.map((name) => [name, 'true'])) });
    for (const name of names) expect(response.headers.has(name)).toBe(false);
    expect(edge.spine.only.options.agent).toEqual({ client: 'open', mode: 'open', rights: [] });
  });

  test('PDS-A04 Prefer: respond-async is ignored', async () => {
    const response = await new Edge().send(PATH, patching({ headers: { Prefer: 'respond-async' } }));
    expect(response.status).toBe(200);
  });

  test('PDS-A04 the organisation of the end user reaches the journal when it looks like one', async () => {
    const edge = new Edge();
    await edge.send(PATH, { headers: { 'NHSD-End-User-Organisation-ODS': 'Y12345' } });
    await edge.send(PATH, { headers: { 'NHSD-End-User-Organisation-ODS': "Y1'; DROP TABLE" } });
    expect(edge.spine.asked.map(({ options }) => options.agent.organization)).toEqual(['Y12345', undefined]);
  });
});

describe('CORS', () => {
  test('PDS-A05 a preflight is answered for the asking origin without a token', async () => {
    const response = await new Edge().send(PATH, {
      method: 'OPTIONS',
      headers: { Origin: 'https://app.test', 'Access-Control-Request-Method': 'PATCH', 'X-Request-ID': null },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://app.test');
    expect(response.headers.get('Access-Control-Allow-Methods')).toBe('GET, PUT, POST, PATCH, DELETE');
    expect(response.headers.get('Access-Control-Max-Age')).toBe('3628800');
    expect(response.headers.get('Access-Control-Allow-Headers')).toBe(
      'origin, x-requested-with, accept, content-type, if-match, nhsd-session-urid, authorization, x-correlation-id, x-request-id, nhsd-end-user-organisation-ods',
    );
  });

  test('PDS-A05 OPTIONS that is no preflight is the unknown error it is on the live API', async () => {
    const response = await new Edge().send(PATH, { method: 'OPTIONS' });
    expect(await refusalIn(response)).toMatchObject({ status: 502, code: 'UNKNOWN_ERROR', display: 'Unknown Error' });
  });

  test('PDS-A05 an ordinary answer allows no origin', async () => {
    const response = await new Edge().send(PATH, { headers: { Origin: 'https://app.test' } });
    expect(response.headers.has('Access-Control-Allow-Origin')).toBe(false);
  });
});
