/** POST at the FHIR base: batches of independent calls, transactions of all or none, and what neither takes. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import { MAX_BUNDLE_ENTRIES } from '../../../src/routes/limits.ts';
import { Edge, enforced, PATIENT, refusalIn, replied, REQUEST_ID, SCOPE, signer } from '../support.ts';
import type { Signer } from '../support.ts';

const A = '9000000009';
const B = '9000000017';
const C = '9000000025';

const operations = [{ op: 'replace', path: '/gender', value: 'female' }];
const base64 = (value: unknown) => btoa(JSON.stringify(value));
const binary = (value: unknown = operations) => ({
  resourceType: 'Binary',
  contentType: 'application/json-patch+json',
  data: base64(value),
});

const look = (id: string, url = `Patient/${id}`) => ({ request: { method: 'GET', url } });
const change = (id: string, more: { version?: number; resource?: unknown } = {}) => ({
  resource: 'resource' in more ? more.resource : binary(),
  request: { method: 'PATCH', url: `Patient/${id}`, ifMatch: `W/"${more.version ?? 7}"` },
});
const bundle = (type: string, ...entry: readonly unknown[]) => ({ resourceType: 'Bundle', type, entry });

const post = (edge: Edge, body: unknown, headers: Readonly<Record<string, string | null>> = {}) =>
  edge.send('', { method: 'POST', body, headers: { 'Content-Type': 'application/fhir+json', ...headers } });

interface ResponseBundle {
  readonly resourceType: string;
  readonly type: string;
  readonly entry?: readonly {
    readonly resource?: { readonly id?: string };
    readonly response: {
      readonly status: string;
      readonly etag?: string;
      readonly outcome?: {
        readonly issue: readonly { readonly details: { readonly coding: readonly { readonly code: string }[] } }[];
      };
    };
  }[];
}
const read = async (response: Response) => (await response.json()) as ResponseBundle;
const codeOf = (entry: NonNullable<ResponseBundle['entry']>[number] | undefined) =>
  entry?.response.outcome?.issue[0]?.details.coding[0]?.code;

const committing = (edge: Edge, ...ids: readonly string[]): void => {
  const replies = ids.map((id, position) => ({
    position,
    effect: 'accepted' as const,
    version: 8,
    body: PATIENT.replace(A, id).replace('"7"', '"8"'),
  }));
  edge.spine.transactionOutcome = { kind: 'committed', replies };
};

describe('batch', () => {
  test('PDS-T01 every entry is its own call, answered at its place with status, resource and etag', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }): Outcome =>
      key === B ? { kind: 'refused', code: 'RESOURCE_NOT_FOUND' } : replied(PATIENT.replace(A, key));
    const response = await post(
      edge,
      bundle(
        'batch',
        look(A),
        look(B),
        change(C),
        look('x'),
        look('', 'Patient?family=Smith&gender=female&birthdate=eq1990-01-01'),
      ),
    );
    expect([response.status, response.headers.get('X-Request-ID'), response.headers.get('ETag')]).toEqual([
      200,
      REQUEST_ID,
      null,
    ]);
    const { type, entry } = await read(response);
    expect(type).toBe('batch-response');
    expect(entry?.map(({ response: { status, etag } }) => [status, etag])).toEqual([
      ['200', 'W/"7"'],
      ['404', undefined],
      ['200', 'W/"7"'],
      ['400', undefined],
      ['200', undefined],
    ]);
    expect([entry?.[0]?.resource?.id, codeOf(entry?.[1]), entry?.[2]?.resource?.id, codeOf(entry?.[3])]).toEqual([
      A,
      'RESOURCE_NOT_FOUND',
      C,
      'INVALID_RESOURCE_ID',
    ]);
    expect(edge.spine.transacted).toEqual([]);
    const patch = edge.spine.asked.find(({ wish }) => wish.name === 'patch-patient');
    expect(patch).toMatchObject({ key: C, wish: { patches: operations }, options: { expectedVersion: 7 } });
  });

  test('PDS-T01 each change has a request id of its own, the same for a repeat of the batch', async () => {
    const ids = async (edge: Edge) => {
      await post(edge, bundle('batch', change(A), change(B)));
      return edge.spine.asked.map(({ options }) => options.requestId);
    };
    const [first, again] = [await ids(new Edge()), await ids(new Edge())];
    expect(new Set(first).size).toBe(2);
    expect(again).toEqual(first);
  });

  test('PDS-T02 a batch without entries is answered by one without entries', async () => {
    expect(await (await post(new Edge(), { resourceType: 'Bundle', type: 'batch' })).text()).toBe(
      '{"resourceType":"Bundle","type":"batch-response"}',
    );
  });
});

describe('the patch in an entry', () => {
  test.each([
    ['Binary, FHIR’s form', binary(), operations],
    ['Binary with PDS’s own body', binary({ patches: operations }), operations],
    ['PDS’s own body', { patches: operations }, operations],
    ['nothing', undefined, undefined],
    ['something else', { resourceType: 'Patient' }, undefined],
  ])('PDS-T03 %s', async (_name, resource, patches) => {
    const edge = new Edge();
    await post(edge, bundle('batch', change(A, { resource })));
    expect(edge.spine.only.wish).toEqual({ name: 'patch-patient', patches });
  });

  test.each([
    [{ ...binary(), contentType: 'application/json' }],
    [{ ...binary(), data: '%%%' }],
    [{ ...binary(), data: btoa('{') }],
    [{ ...binary(), data: undefined }],
    [{ ...binary(), data: btoa('[{"__proto__":1}]') }],
    [{ ...binary(), data: btoa('\xff\xfe') }],
  ])('PDS-T03 %j cannot be read', async (resource) => {
    const edge = new Edge();
    const { entry } = await read(await post(edge, bundle('batch', change(A, { resource }))));
    expect([entry?.[0]?.response.status, codeOf(entry?.[0])]).toEqual(['400', 'INVALID_UPDATE']);
    expect(edge.spine.asked).toEqual([]);
  });
});

describe('transaction', () => {
  test('PDS-T04 its changes are one wish with one request id; looks come after them', async () => {
    const edge = new Edge();
    committing(edge, A, B);
    const body = bundle('transaction', change(A), look(C), change(B, { version: 9 }));
    const response = await post(edge, body);
    const { type, entry } = await read(response);
    expect([response.status, type]).toEqual([200, 'transaction-response']);
    expect(entry?.map(({ resource, response: { status, etag } }) => [resource?.id, status, etag])).toEqual([
      [A, '200', 'W/"8"'],
      [A, '200', 'W/"7"'],
      [B, '200', 'W/"8"'],
    ]);
    expect(edge.spine.transacted).toMatchObject([
      {
        commands: [
          { kind: 'demographics', key: A, command: { name: 'patch-patient', patches: operations }, expectedVersion: 7 },
          { kind: 'demographics', key: B, expectedVersion: 9 },
        ],
        options: { waitMs: 10_000, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      },
    ]);
    expect(edge.spine.asked.map(({ key, options }) => [key, 'purpose' in options ? options.purpose : ''])).toEqual([
      [C, 'mirror'],
      [C, 'access'],
    ]);
    const again = new Edge();
    committing(again, A, B);
    expect(await (await post(again, body)).text()).toBe(
      JSON.stringify(JSON.parse(await (await post(edge, body)).text())),
    );
  });

  test('PDS-T05 the first refusal of any entry is the whole answer, and nothing was asked of any shard to change', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }) => (key === C ? { kind: 'refused', code: 'RESOURCE_NOT_FOUND' } : replied(PATIENT));
    const entries: readonly (readonly [unknown, number, string])[] = [
      [look(C), 404, 'RESOURCE_NOT_FOUND'],
      [look('123'), 400, 'INVALID_RESOURCE_ID'],
      [{ ...change(B), request: { method: 'PATCH', url: `Patient/${B}` } }, 412, 'PRECONDITION_FAILED'],
      [change(B, { resource: { ...binary(), data: '%' } }), 400, 'INVALID_UPDATE'],
      [change(A), 400, 'INVALID_UPDATE'],
      [{ request: { method: 'DELETE', url: `Patient/${B}` } }, 400, 'UNSUPPORTED_SERVICE'],
      [{ request: { method: 'POST', url: 'Patient' }, resource: {} }, 400, 'UNSUPPORTED_SERVICE'],
      [look('', 'Patient?family=Smith&birthdate=eq1990-01-01'), 400, 'UNSUPPORTED_SERVICE'],
      [look('', 'Practitioner/1'), 400, 'UNSUPPORTED_REQUEST'],
    ];
    for (const [entry, status, code] of entries) {
      const response = await post(edge, bundle('transaction', change(A), entry));
      const told = (await response.clone().json()) as { issue: readonly { expression?: readonly string[] }[] };
      expect([code, response.status]).toEqual([code, status]);
      expect(await refusalIn(response)).toMatchObject({ status, code });
      expect(told.issue[0]?.expression).toEqual(['Bundle.entry[1]']);
    }
    expect(edge.spine.transacted).toEqual([]);
  });

  test.each([
    ['version-mismatch', 409, 'RESOURCE_VERSION_MISMATCH'],
    ['INVALIDATED_RESOURCE', 404, 'INVALIDATED_RESOURCE'],
    ['request-id-reused', 400, 'INVALID_VALUE'],
  ])('PDS-T05 a shard that refuses (%s) refuses the whole, and the entry is named', async (code, status, wire) => {
    const edge = new Edge();
    edge.spine.transactionOutcome = { kind: 'refused', position: 1, code };
    const response = await post(edge, bundle('transaction', look(C), change(A), change(B)));
    const told = (await response.clone().json()) as { issue: readonly { expression?: readonly string[] }[] };
    expect(await refusalIn(response)).toMatchObject({ status, code: wire });
    expect(told.issue[0]?.expression).toEqual(['Bundle.entry[2]']);
  });

  test.each(['locked', 'timeout', 'overloaded', 'broken'] as const)(
    'PDS-T06 %s: 503, and the same request may be sent again',
    async (reason) => {
      const edge = new Edge();
      edge.spine.transactionOutcome = { kind: 'unavailable', reason, retryAfterSeconds: 2 };
      const response = await post(edge, bundle('transaction', change(A), change(B)));
      expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '2']);
      expect((await refusalIn(response)).code).toBe('SERVICE_UNAVAILABLE');
    },
  );

  test('PDS-T04 without changes nothing is transacted', async () => {
    const edge = new Edge();
    expect((await read(await post(edge, bundle('transaction', look(A))))).entry).toHaveLength(1);
    expect((await read(await post(edge, bundle('transaction')))).entry).toBeUndefined();
    expect(edge.spine.transacted).toEqual([]);
  });
});

describe('what is no Bundle', () => {
  test.each([
    [null, 'MISSING_VALUE', "Missing value - 'resourceType'"],
    [[], 'MISSING_VALUE', "Missing value - 'resourceType'"],
    [{}, 'MISSING_VALUE', "Missing value - 'resourceType'"],
    [{ resourceType: 'Patient' }, 'INVALID_VALUE', "Invalid value - 'Patient' in field 'resourceType'"],
    [{ resourceType: 'Bundle' }, 'MISSING_VALUE', "Missing value - 'type'"],
    [bundle('history'), 'INVALID_VALUE', "Invalid value - 'history' in field 'type'"],
    [{ resourceType: 'Bundle', type: 'batch', entry: {} }, 'INVALID_VALUE', "Invalid value - '{}' in field 'entry'"],
    [bundle('transaction', {}), 'MISSING_VALUE', "Missing value - 'entry/0/request/method'"],
    [bundle('transaction', 5), 'MISSING_VALUE', "Missing value - 'entry/0/request/method'"],
    [bundle('transaction', { request: { method: 'GET' } }), 'MISSING_VALUE', "Missing value - 'entry/0/request/url'"],
    [
      bundle('transaction', { request: { method: 7, url: 'x' } }),
      'INVALID_VALUE',
      "Invalid value - '7' in field 'entry/0/request/method'",
    ],
    [
      bundle('transaction', { request: { method: 'GET', url: `Patient/${A}`, ifMatch: 'a\nb' } }),
      'INVALID_VALUE',
      "Invalid value - 'a\nb' in field 'entry/0/request/ifMatch'",
    ],
    [
      bundle('batch', ...Array.from({ length: MAX_BUNDLE_ENTRIES + 1 }, () => look(A))),
      'TOO_MANY_VALUES_SUBMITTED',
      expect.stringContaining("in field 'entry'"),
    ],
    ['{', 'INVALID_VALUE', expect.stringContaining('incorrect format')],
  ])('PDS-T07 %j', async (body, code, diagnostics) => {
    const edge = new Edge();
    expect(await refusalIn(await post(edge, body))).toMatchObject({ status: 400, code, diagnostics });
    expect([edge.spine.asked, edge.spine.transacted]).toEqual([[], []]);
  });

  test('PDS-T07 fifty entries are taken', async () => {
    const { entry } = await read(
      await post(new Edge(), bundle('batch', ...Array.from({ length: MAX_BUNDLE_ENTRIES }, () => look(A)))),
    );
    expect(entry).toHaveLength(MAX_BUNDLE_ENTRIES);
  });

  test('PDS-T08 the base takes POST alone, with a request id and a JSON content type', async () => {
    const edge = new Edge();
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      expect(await refusalIn(await edge.send('', { method }))).toMatchObject({
        status: 400,
        code: 'UNSUPPORTED_REQUEST',
      });
    }
    const body = bundle('batch', look(A));
    expect(await refusalIn(await post(edge, body, { 'X-Request-ID': null }))).toMatchObject({
      status: 400,
      code: 'MISSING_VALUE',
    });
    expect(await refusalIn(await post(edge, body, { 'Content-Type': 'text/plain' }))).toMatchObject({
      status: 400,
      code: 'UNSUPPORTED_SERVICE',
    });
    expect(edge.spine.asked).toEqual([]);
    expect(
      (await edge.send('/', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } })).status,
    ).toBe(200);
  });

  test.each([`Patient/${A}`, `/Patient/${A}`, `https://edge.test/personal-demographics/FHIR/R4/Patient/${A}`])(
    'PDS-T09 an address may be %s',
    async (url) => {
      const edge = new Edge();
      await post(edge, bundle('batch', look(A, url)));
      expect(edge.spine.only.key).toBe(A);
    },
  );

  test.each([
    'https://elsewhere.test/Patient/9000000009',
    '//x',
    '',
    '../Patient/1',
    '_status',
    '_ping',
    'Patient/',
    `Patient/${A}/nationality`,
    'x'.repeat(9_000),
  ])('PDS-T09 not %s', async (url) => {
    const edge = new Edge();
    const { entry } = await read(await post(edge, bundle('batch', look(A, url))));
    expect(entry?.[0]?.response.status).toBe('400');
    expect(edge.spine.asked).toEqual([]);
  });
});

describe('rights', () => {
  let keys: Signer;
  beforeAll(async () => {
    keys = await signer('RS512');
  });

  const as = async (claims: Readonly<Record<string, unknown>>, body: unknown) => {
    const edge = new Edge(enforced(keys.keySet));
    return { edge, response: await post(edge, body, { Authorization: `Bearer ${await keys.sign(claims)}` }) };
  };
  const own = { nhs_number: A, vot: 'P9.Cp.Cd' };

  test.each([SCOPE.app, SCOPE.privileged])(
    'PDS-T10 %s reads by batch but updates neither by batch nor by transaction',
    async (scope) => {
      const { edge, response } = await as({ scope }, bundle('batch', look(A), change(A)));
      const { entry } = await read(response);
      expect([entry?.map((one) => one.response.status), codeOf(entry?.[1])]).toEqual([
        ['200', '403'],
        'INVALID_METHOD',
      ]);
      const whole = await as({ scope }, bundle('transaction', look(A), change(A)));
      expect(await refusalIn(whole.response)).toMatchObject({ status: 403, code: 'INVALID_METHOD' });
      expect([edge.spine.transacted, whole.edge.spine.transacted]).toEqual([[], []]);
    },
  );

  test('PDS-T10 a patient reaches nobody else, whatever stands beside', async () => {
    const { response } = await as(
      { scope: SCOPE.patient, ...own },
      bundle('batch', look(A), look(B), change(B), look('', 'Patient?family=Smith')),
    );
    expect((await read(response)).entry?.map((one) => one.response.status)).toEqual(['200', '403', '403', '403']);
    const whole = await as({ scope: SCOPE.patient, ...own }, bundle('transaction', change(A), change(B)));
    expect(whole.response.status).toBe(403);
    expect(whole.edge.spine.transacted).toEqual([]);
    const unproven = await as({ scope: SCOPE.patient, nhs_number: A, vot: 'P9' }, bundle('batch', look(A)));
    expect(unproven.response.status).toBe(403);
  });

  test('PDS-T11 entries count against the quota like calls made alone', async () => {
    const edge = new Edge(enforced(keys.keySet));
    const headers = { Authorization: `Bearer ${await keys.sign({ scope: SCOPE.worker })}` };
    const entries = Array.from({ length: 15 }, () => look(A));
    expect((await post(edge, bundle('batch', ...entries), headers)).status).toBe(200);
    const limited = await post(edge, bundle('batch', look(A)), headers);
    expect([limited.status, limited.headers.get('Retry-After')]).toEqual([429, '3']);
    edge.now += 3_000;
    expect((await post(edge, bundle('batch', look(A)), headers)).status).toBe(200);
  });

  test('PDS-T10 a worker reads and updates; without a token nothing opens', async () => {
    const { edge, response } = await as(
      { scope: SCOPE.worker },
      bundle('batch', look(A), change(B), look('', `Coverage?subscriber:identifier=${A}`)),
    );
    expect((await read(response)).entry?.map((one) => one.response.status)).toEqual(['200', '200', '403']);
    expect(edge.spine.asked.map(({ options }) => options.agent)).toMatchObject(
      [{}, {}].map(() => ({ mode: 'user-restricted', client: 'app-1' })),
    );
    const stranger = await post(new Edge(enforced(keys.keySet)), bundle('batch', look(A)));
    expect(stranger.status).toBe(401);
  });
});
