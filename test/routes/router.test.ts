/** The URL space, the bounds of an address, ping and status, and what an answer never tells. */
import { describe, expect, test, vi } from 'vitest';
import { MAX_URL_CHARACTERS } from '../../src/routes/limits.ts';
import { BASE, Edge, patching, refusalIn, replied, REQUEST_ID } from './support.ts';

describe('paths', () => {
  test.each([
    'https://edge.test/',
    'https://edge.test/personal-demographics/FHIR/R4x/Patient/9000000009',
    'https://edge.test/personal-demographics/FHIR/STU3/Patient',
    'https://edge.test/summary-care-record',
  ])('PDS-A27 nothing answers at %s', async (url) => {
    const response = await new Edge().send(url);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: 'Not found' });
  });

  test.each([
    ['/HelloWorld', '/HelloWorld'],
    ['/Patient!', '/Patient!'],
    ['/', '/'],
    ['', ''],
    ['/patient/9000000009', '/patient/9000000009'],
    ['/Coverage/1', '/Coverage/1'],
    ['/_pingx', '/_pingx'],
    ['/Patient/../HelloWorld', '/HelloWorld'],
  ])('PDS-A28 path %j is unsupported', async (path, shown) => {
    const response = await new Edge().send(path);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(await refusalIn(response)).toEqual({
      status: 400,
      code: 'UNSUPPORTED_REQUEST',
      display: 'The request is not one that is supported.',
      issueCode: 'value',
      severity: 'error',
      diagnostics: `Unsupported path - '${shown}'`,
    });
  });

  test.each([
    '/personal-demographics/FHIR/R4/Patient/9000000009',
    '/personal-demographics/FHIR/R4',
    '/personal-demographics/FHIR/R4/_ping',
    '/personal-demographics/FHIR/R4x',
    '/personal-demographics',
    '/summary-care-record/FHIR/R4/_ping',
    '/patient-flags-api/FHIR/R4/_ping',
    '/operator/status',
    '/operator/mesh/x',
    '/operatorx',
    '/oauth2/token',
    '/oauth2-mock/token',
    '/_ping',
    '/healthcheck',
    '/nowhere',
  ])('PDS-A28 %s is answered alike whether or not the address has to be taken apart', async (path) => {
    const [plain, apart] = await Promise.all(
      [path, `${path}?`].map(async (address) => {
        const response = await new Edge().send(`https://edge.test${address}`);
        return [response.status, (await response.text()).replaceAll(/[0-9a-f-]{36}/g, 'id')];
      }),
    );
    expect(plain).toEqual(apart);
  });

  test('PDS-A28 an unsupported path is told before a bad request id', async () => {
    const response = await new Edge().send('/HelloWorld', { headers: { 'X-Request-ID': '1234' } });
    expect((await refusalIn(response)).code).toBe('UNSUPPORTED_REQUEST');
  });

  test.each([
    ['GET', '/Patient/'],
    ['GET', '/Patient'],
    ['GET', '/Patient/9000000009/'],
    ['GET', '/Patient/9000000009/nationality'],
    ['GET', '/Patient/9000000009/RelatedPerson/507B7621'],
    ['GET', '/Patient/9000000009/relatedperson'],
    ['GET', '/Patient//RelatedPerson'],
    ['PUT', '/Patient/9000000009'],
    ['POST', '/Patient/9000000009'],
    ['DELETE', '/Patient/9000000009'],
    ['HEAD', '/Patient/9000000009'],
    ['PATCH', '/Patient'],
    ['POST', '/Patient/9000000009/RelatedPerson'],
    ['PUT', '/Coverage'],
    ['DELETE', '/Coverage'],
    ['GET', '/Patient/$process-birth-details'],
    ['POST', '/_ping'],
    ['PATCH', '/_status'],
  ])('PDS-A29 %s %s is an unsupported service', async (method, path) => {
    const edge = new Edge();
    const refusal = await refusalIn(
      await edge.send(path, { method }).then((response) => (method === 'HEAD' ? stillRefused(response) : response)),
    );
    expect(refusal).toEqual({
      status: 400,
      code: 'UNSUPPORTED_SERVICE',
      display: 'Unsupported Service',
      issueCode: 'processing',
      severity: 'error',
      diagnostics: undefined,
    });
    expect(edge.spine.asked).toEqual([]);
  });

  /** The test sees the body that a server leaves out of an answer to HEAD. */
  const stillRefused = (response: Response): Response => response;

  test('PDS-A29 the request id is asked for before the service', async () => {
    expect((await refusalIn(await new Edge().send('/Patient/', { headers: { 'X-Request-ID': null } }))).code).toBe(
      'MISSING_VALUE',
    );
  });

  test('PDS-A30 an address of 8 KB is read, a longer one is not, nor one with a hundred parameters', async () => {
    const edge = new Edge();
    const fill = (length: number) => `/Patient/${'1'.repeat(length - `${BASE}/Patient/`.length)}`;
    expect((await edge.send(fill(MAX_URL_CHARACTERS))).status).toBe(400);
    expect((await edge.send(fill(MAX_URL_CHARACTERS + 1))).status).toBe(414);
    expect((await edge.send(`/Patient?${'a&'.repeat(63)}`)).status).toBe(400);
    expect((await edge.send(`/Patient?${'a&'.repeat(64)}`)).status).toBe(414);
  });

  test.each(['__proto__=1', 'constructor=1', '__proto__[x]=1', 'toString=1', 'hasOwnProperty=1'])(
    'PDS-A30 the parameter %s reaches no prototype',
    async (query) => {
      const response = await new Edge().send(`/Patient?${query}`);
      expect((await refusalIn(response)).code).toBe('ADDITIONAL_PROPERTIES');
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );
});

describe('ping and status', () => {
  test('PDS-A31 ping needs nothing', async () => {
    const response = await new Edge().send('/_ping', { headers: { 'X-Request-ID': null } });
    expect(response.status).toBe(200);
    expect(Object.keys((await response.json()) as object)).toEqual(['version', 'revision', 'releaseId', 'commitId']);
    const head = await new Edge().send('/_ping', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test.each([null, '', 'wrong', 'status-12'])('PDS-A32 status without the right key: %j', async (apikey) => {
    const response = await new Edge().send('/_status', { headers: { apikey } });
    expect(await refusalIn(response)).toMatchObject({
      status: 401,
      code: 'ACCESS_DENIED',
      diagnostics: 'Invalid Api Key',
    });
  });

  test('PDS-A32 an unset key opens nothing', async () => {
    const edge = new Edge();
    edge.settings = { ...edge.settings, statusKey: '' };
    expect((await edge.send('/_status', { headers: { apikey: '' } })).status).toBe(401);
  });

  test('PDS-A32 status tells whether a shard answers', async () => {
    const edge = new Edge();
    edge.spine.answer = () => ({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
    const good = await edge.send('/_status', { headers: { apikey: 'status-1' } });
    expect(await good.json()).toMatchObject({ status: 'pass', checks: { shards: { status: 'pass' } } });
    expect(edge.spine.only.options).toMatchObject({ purpose: 'sweep' });
    edge.spine.answer = () => ({ kind: 'unavailable', reason: 'broken', retryAfterSeconds: 1 });
    expect(await (await edge.send('/_status', { headers: { apikey: 'status-1' } })).json()).toMatchObject({
      status: 'fail',
    });
    edge.spine.answer = () => Promise.reject(new Error('secret'));
    expect(await (await edge.send('/_status', { headers: { apikey: 'status-1' } })).text()).not.toContain('secret');
  });
});

describe('error hygiene', () => {
  const failures = [
    new Error('SQLITE_ERROR: near "SELECT": syntax error at /srv/app/store.ts:12 for 9000000009'),
    new TypeError("Cannot read properties of undefined (reading 'name')"),
    'a bare text',
    null,
  ];

  test.each(failures)(
    'PDS-A33 whatever breaks (%s), the answer tells a reference and nothing else',
    async (failure) => {
      const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
      const edge = new Edge();
      edge.spine.answer = () => Promise.reject(failure);
      const response = await edge.send('/Patient/9000000009');
      expect(response.headers.get('X-Request-ID')).toBe(REQUEST_ID);
      const refusal = await refusalIn(response);
      expect(refusal).toEqual({
        status: 500,
        code: 'UNKNOWN_ERROR',
        display: 'Unknown Error',
        issueCode: 'unknown',
        severity: 'error',
        diagnostics: `An unknown error occurred processing this request. Contact us for assistance diagnosing this issue: https://digital.nhs.uk/developer/help-and-support. (Message ID: ${REQUEST_ID})`,
      });
      const logged = JSON.stringify(log.mock.calls);
      expect(log).toHaveBeenCalledTimes(1);
      expect(logged).not.toMatch(/9000000009|SELECT|bare text|Cannot read/);
      log.mockRestore();
    },
  );

  test('PDS-A33 a code that nobody knows is an unknown error', async () => {
    const edge = new Edge();
    edge.spine.answer = () => ({ kind: 'refused', code: 'toString', diagnostics: 'inner text' });
    const refusal = await refusalIn(await edge.send('/Patient/9000000009'));
    expect(refusal).toMatchObject({ status: 500, code: 'UNKNOWN_ERROR' });
  });

  test.each([
    ["'; DROP TABLE record; --", '/Patient?family=%27%3B%20DROP%20TABLE%20record%3B%20--&birthdate=eq2010-10-22'],
    ['markup in the path', '/Patient/%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
    ['NUL in the path', '/Patient/900000%000009'],
    ['unicode digits', '/Patient/٩٠٠٠٠٠٠٠٠٩'],
    ['full-width digits', '/Patient/９０００００００0９'],
    ['a broken escape', '/Patient/%E0%A4%A'],
    ['a path traversal', '/Patient/..%2F..%2Foperator'],
  ])('PDS-A33 hostile input is an ordinary refusal: %s', async (_name, path) => {
    const edge = new Edge();
    const response = await edge.send(path);
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).not.toMatch(/at .*\.ts|node_modules|SQLITE|Error:/);
  });

  test('PDS-A33 an unused method with a hostile body costs nothing', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied('{}');
    const response = await edge.send(
      '/Patient/9000000009',
      patching({ body: '{"patches":[{"__proto__":{"op":"add"}}]}' }),
    );
    expect((await refusalIn(response)).diagnostics).toBe(
      'Invalid update with error - Invalid payload received - incorrect format',
    );
    expect(edge.spine.asked).toEqual([]);
  });
});
