/** What each operation asks of the shards and makes of their answers. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import { birth, newcomer } from '../../domain/pds/births.ts';
import { OTHER } from '../../domain/pds/people.ts';
import { CORRELATION_ID, Edge, PATIENT, patching, refusalIn, replied, REQUEST_ID } from '../support.ts';
import type { Sent } from '../support.ts';

const N = '9000000009';
const moved = (key: string): Outcome => ({ kind: 'moved', key });
const refused = (code: string, diagnostics?: string): Outcome =>
  diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };

describe('GET /Patient/{id}', () => {
  test('PDS-A34 one audited read of the demographics', async () => {
    const edge = new Edge();
    await edge.send(`/Patient/${N}`);
    expect(edge.spine.only).toMatchObject({
      kind: 'demographics', key: N, wish: { name: 'get-patient' }, options: { requestId: REQUEST_ID, purpose: 'access' },
    });
  });

  test.each(['9000000000', '900000000', '90000000091', '123', 'abcdefghij', '9000 00009', '+900000009', '9000000009%20'])(
    'PDS-A34 %s is no NHS number',
    async (id) => {
      const edge = new Edge();
      const response = await edge.send(`/Patient/${id}`);
      expect(response.headers.get('Content-Type')).toBe('application/fhir+json');
      expect(await refusalIn(response)).toEqual({
        status: 400, code: 'INVALID_RESOURCE_ID', display: 'Resource Id is invalid', issueCode: 'value', severity: 'error', diagnostics: undefined,
      });
      expect(edge.spine.asked).toEqual([]);
    },
  );

  test.each([
    ['RESOURCE_NOT_FOUND', 404, 'Resource not found', 'not-found', 'information'],
    ['INVALIDATED_RESOURCE', 404, 'Resource that has been marked as invalid was requested - invalid resources cannot be retrieved', 'processing', 'error'],
    ['PATIENT_ACCESS_DENIED', 403, 'Patient cannot perform this action', 'forbidden', 'error'],
  ])('PDS-A35 refusal %s is %i', async (code, status, display, issueCode, severity) => {
    const edge = new Edge();
    edge.spine.answer = () => refused(code);
    expect(await refusalIn(await edge.send(`/Patient/${N}`))).toMatchObject({ status, display, issueCode, severity });
  });

  test('PDS-A36 a merged record is read where it lives on', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }) => (key === N ? moved('9000000017') : replied('{"id":"9000000017"}', { version: 3 }));
    const response = await edge.send(`/Patient/${N}`);
    expect([response.status, response.headers.get('ETag'), await response.text()]).toEqual([200, 'W/"3"', '{"id":"9000000017"}']);
  });

  test('PDS-A36 a chain of merges ends', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }) => moved(key === N ? '9000000017' : N);
    const response = await edge.send(`/Patient/${N}`);
    expect(response.status).toBe(500);
    expect(edge.spine.asked).toHaveLength(5);
  });

  test.each([
    ['timeout', 9, '5'],
    ['overloaded', 2, '2'],
    ['broken', 3, '3'],
  ] as const)('PDS-A37 a shard that is %s is 503 with Retry-After', async (reason, retryAfterSeconds, header) => {
    const edge = new Edge();
    edge.spine.answer = () => ({ kind: 'unavailable', reason, retryAfterSeconds });
    const response = await edge.send(`/Patient/${N}`);
    expect(response.headers.get('Retry-After')).toBe(header);
    expect(await refusalIn(response)).toEqual({
      status: 503, code: 'SERVICE_UNAVAILABLE', display: 'Service unavailable', issueCode: 'timeout', severity: 'error',
      diagnostics:
        "The downstream domain processing has not completed within the configured timeout period. Using the same 'X-Request-ID' header, retry your request after the time specified by the 'Retry-After' response header.",
    });
  });
});

describe('PATCH /Patient/{id}', () => {
  test('PDS-A38 one command with the version, the request id and a fingerprint', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(PATIENT, { version: 8, effect: 'accepted' });
    const response = await edge.send(`/Patient/${N}`, patching());
    expect([response.status, response.headers.get('ETag')]).toEqual([200, 'W/"8"']);
    expect(edge.spine.only).toMatchObject({
      kind: 'demographics', key: N,
      wish: { name: 'patch-patient', patches: [{ op: 'replace', path: '/gender', value: 'female' }] },
      options: { requestId: REQUEST_ID, expectedVersion: 7, waitMs: 10_000 },
    });
    expect(edge.spine.only.options).toHaveProperty('fingerprint', expect.stringMatching(/^[0-9a-f]{64}$/));
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

  test.each([null, '', '7', '"7"', 'W/"x"', 'W/7', 'w/"7"', 'W/"7', '*', 'W/"7", W/"7"', 'W/"-7"', 'W/"7.0"', `W/"${'7'.repeat(40)}"`])(
    'PDS-A39 If-Match %j is no version',
    async (value) => {
      const edge = new Edge();
      expect(await refusalIn(await edge.send(`/Patient/${N}`, patching({ headers: { 'If-Match': value } })))).toEqual({
        status: 412, code: 'PRECONDITION_FAILED', display: 'Required condition was not fulfilled', issueCode: 'structure', severity: 'error',
        diagnostics: 'Invalid request with error - If-Match header must be supplied to update this resource',
      });
      expect(edge.spine.asked).toEqual([]);
    },
  );

  test.each(['application/json-patch+json', 'application/json', 'application/json-patch+json; charset=utf-8', 'APPLICATION/JSON'])(
    'PDS-A40 content type %s is taken',
    async (type) => {
      expect((await new Edge().send(`/Patient/${N}`, patching({ headers: { 'Content-Type': type } }))).status).toBe(200);
    },
  );

  test.each(['', 'text/plain', 'application/fhir+json', 'application/xml', 'application/json-patch', 'application/json, text/plain'])(
    'PDS-A40 content type %j is an unsupported service',
    async (type) => {
      const edge = new Edge();
      expect((await refusalIn(await edge.send(`/Patient/${N}`, patching({ headers: { 'Content-Type': type } })))).code).toBe('UNSUPPORTED_SERVICE');
      expect(edge.spine.asked).toEqual([]);
    },
  );

  test('PDS-A41 order: request id, NHS number, version, content type, body', async () => {
    const edge = new Edge();
    const code = async (path: string, headers: Record<string, string | null>, body: string) =>
      (await refusalIn(await edge.send(path, { method: 'PATCH', headers, body }))).code;
    const all = { 'X-Request-ID': null, 'Content-Type': 'text/plain' };
    expect(await code('/Patient/1', all, '{')).toBe('MISSING_VALUE');
    expect(await code('/Patient/1', { ...all, 'X-Request-ID': REQUEST_ID }, '{')).toBe('INVALID_RESOURCE_ID');
    expect(await code(`/Patient/${N}`, { ...all, 'X-Request-ID': REQUEST_ID }, '{')).toBe('PRECONDITION_FAILED');
    expect(await code(`/Patient/${N}`, { ...all, 'X-Request-ID': REQUEST_ID, 'If-Match': 'W/"7"' }, '{')).toBe('UNSUPPORTED_SERVICE');
    expect(await code(`/Patient/${N}`, { 'If-Match': 'W/"7"', 'Content-Type': 'application/json' }, '{')).toBe('INVALID_UPDATE');
  });

  test.each(['', '{', 'patches', '{"patches":[],"patches":[]}', `{"patches":${'['.repeat(40)}${']'.repeat(40)}}`])(
    'PDS-A42 a body that cannot be used: %s',
    async (body) => {
      const edge = new Edge();
      expect(await refusalIn(await edge.send(`/Patient/${N}`, patching({ body })))).toMatchObject({
        status: 400, code: 'INVALID_UPDATE', diagnostics: 'Invalid update with error - Invalid payload received - incorrect format',
      });
      expect(edge.spine.asked).toEqual([]);
    },
  );

  test.each([['{}', undefined], ['[]', undefined], ['null', undefined], ['"x"', undefined], ['{"patches":null}', null], ['{"patches":[],"correction":true}', []]])(
    'PDS-A42 the shard judges the patches of %s',
    async (body, patches) => {
      const edge = new Edge();
      await edge.send(`/Patient/${N}`, patching({ body }));
      expect(edge.spine.only.wish).toEqual({ name: 'patch-patient', patches });
    },
  );

  test('PDS-A42 a body over 1 MB is refused', async () => {
    const response = await new Edge().send(`/Patient/${N}`, patching({ body: `{"patches":"${'x'.repeat(1_048_576)}"}` }));
    expect(response.status).toBe(413);
  });

  test.each([
    ['version-mismatch', 409, 'RESOURCE_VERSION_MISMATCH', 'conflict', undefined],
    ['request-id-reused', 400, 'INVALID_VALUE', 'value', `Invalid value - '${REQUEST_ID}' in header 'X-Request-ID'`],
    ['not-ours', 503, 'SERVICE_UNAVAILABLE', 'timeout', expect.stringContaining('X-Request-ID')],
    ['read-only', 503, 'SERVICE_UNAVAILABLE', 'timeout', expect.stringContaining('X-Request-ID')],
    ['too-large', 400, 'INVALID_UPDATE', 'structure', expect.stringContaining('too large')],
  ])('PDS-A43 engine refusal %s is %i', async (code, status, wire, issueCode, diagnostics) => {
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
  ])('PDS-A43 domain refusal %s brings its own text', async (code, status, display, issueCode, severity) => {
    const edge = new Edge();
    edge.spine.answer = () => refused(code, 'text of the rule');
    expect(await refusalIn(await edge.send(`/Patient/${N}`, patching()))).toEqual({ status, code, display, issueCode, severity, diagnostics: 'text of the rule' });
  });

  test.each([
    ['10', 10_000], ['0.25', 250], ['0.1', 250], ['0', 250], ['29', 29_000], ['600', 29_000], [null, 10_000], ['', 10_000], ['soon', 10_000], ['-1', 10_000], ['1e3', 10_000], ['5, 5', 10_000],
  ])('PDS-A44 X-Sync-Wait %j waits %i ms', async (value, waitMs) => {
    const edge = new Edge();
    await edge.send(`/Patient/${N}`, patching({ headers: { 'X-Sync-Wait': value } }));
    expect(edge.spine.only.options).toMatchObject({ waitMs });
  });
});

describe('POST /Patient', () => {
  const body = newcomer();
  const post = (more: Sent = {}): Sent => ({ method: 'POST', body, ...more, headers: { 'Content-Type': 'application/json', ...more.headers } });

  test.each(['application/json', 'application/fhir+json; charset=utf-8'])('PDS-A45 a body that cannot be read, as %s', async (type) => {
    const edge = new Edge();
    const refusal = await refusalIn(await edge.send('/Patient', post({ body: '{', headers: { 'Content-Type': type } })));
    expect(refusal).toMatchObject({ status: 400, code: 'INVALID_CREATE' });
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A45 another content type is an unsupported service', async () => {
    expect((await refusalIn(await new Edge().send('/Patient', post({ headers: { 'Content-Type': 'text/plain' } })))).code).toBe('UNSUPPORTED_SERVICE');
  });

  test('PDS-A45 what is missing is told without asking anybody', async () => {
    const edge = new Edge();
    const nameless = newcomer({ name: undefined });
    expect(await refusalIn(await edge.send('/Patient', post({ body: nameless })))).toMatchObject({ code: 'MISSING_VALUE', diagnostics: "Missing value - 'name'" });
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A46 a checked person is registered; 201 without ETag or Location', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(PATIENT, { version: 1, effect: 'accepted' });
    const response = await edge.send('/Patient', post());
    expect([response.status, await response.text()]).toEqual([201, PATIENT]);
    expect([response.headers.get('ETag'), response.headers.get('Location')]).toEqual([null, null]);
    expect(edge.spine.only).toMatchObject({
      kind: 'registration',
      wish: { name: 'register-person', range: 'patient', ignorePotentialMatches: false, matchKey: '1990-05-04/B430', identity: { family: 'BLYTHE', birthDate: '1990-05-04' } },
      options: { requestId: REQUEST_ID, waitMs: 10_000 },
    });
    expect(edge.spine.only.options).not.toHaveProperty('expectedVersion');
  });

  test.each([
    ['SINGLE_MATCH', 'Single match found'],
    ['MULTIPLE_MATCHES', 'Multiple matches found'],
  ])('PDS-A46 %s is 200 with an OperationOutcome', async (code, display) => {
    const edge = new Edge();
    edge.spine.answer = () => refused(code, 'text');
    expect(await refusalIn(await edge.send('/Patient', post()))).toEqual({ status: 200, code, display, issueCode: 'value', severity: 'error', diagnostics: 'text' });
  });
});

describe('POST /Patient/$process-birth-details', () => {
  const post: Sent = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: birth() };

  test.each([
    ['', false],
    ['?ignore_potential_matches=true', true],
    ['?ignore_potential_matches=false', false],
    ['?ignore_potential_matches=TRUE', false],
  ])('PDS-A47 a birth is registered from its own range, with its mother: %j', async (query, ignorePotentialMatches) => {
    const edge = new Edge();
    edge.spine.answer = () => replied(PATIENT, { version: 1, effect: 'accepted', attributes: { notificationId: '1A2B3C4D' } });
    const response = await edge.send(`/Patient/$process-birth-details${query}`, post);
    expect([response.status, response.headers.get('notification-id')]).toEqual([201, '1A2B3C4D']);
    expect(edge.spine.only.wish).toMatchObject({
      name: 'register-person', range: 'birth', birth: { mother: OTHER }, identity: { mother: OTHER }, ignorePotentialMatches,
    });
  });

  test('PDS-A47 a body without entries is refused before anybody is asked', async () => {
    const edge = new Edge();
    const response = await edge.send('/Patient/$process-birth-details?ignore_potential_matches=true', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: { resourceType: 'Bundle', type: 'transaction', entry: [] },
    });
    expect((await refusalIn(response)).status).toBe(400);
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A47 a broken body is refused like one of POST /Patient', async () => {
    const refusal = await refusalIn(
      await new Edge().send('/Patient/$process-birth-details', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '[' }),
    );
    expect(refusal.code).toBe('INVALID_CREATE');
  });
});

describe('RelatedPerson', () => {
  const person = (id: string, nhsNumber?: string) => ({
    resourceType: 'RelatedPerson', id, active: true,
    ...(nhsNumber === undefined ? {} : { patient: { type: 'Patient', identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber } } }),
    address: [{ line: ['1'] }], telecom: [{ value: '1' }],
  });

  const list = async (people: readonly unknown[], confidentiality: (key: string) => Outcome) => {
    const edge = new Edge();
    edge.spine.answer = ({ kind, key }) => (kind === 'related-persons' ? replied(JSON.stringify(people)) : confidentiality(key));
    const response = await edge.send(`/Patient/${N}/RelatedPerson`);
    return { edge, response };
  };

  test('PDS-A48 a Bundle in the stored order, each under its own address', async () => {
    const { edge, response } = await list([person('B'), person('A')], () => replied('U'));
    expect(await response.json()).toMatchObject({
      resourceType: 'Bundle', type: 'searchset', total: 2, timestamp: '2026-03-13T12:00:00+00:00',
      entry: [
        { fullUrl: `https://edge.test/personal-demographics/FHIR/R4/Patient/${N}/RelatedPerson/B`, resource: { id: 'B', address: [{ line: ['1'] }] } },
        { fullUrl: `https://edge.test/personal-demographics/FHIR/R4/Patient/${N}/RelatedPerson/A` },
      ],
    });
    expect(response.headers.has('ETag')).toBe(false);
    expect(edge.spine.only).toMatchObject({ kind: 'related-persons', wish: { name: 'get-related-persons' } });
  });

  test('PDS-A48 nobody is an empty Bundle', async () => {
    const { response } = await list([], () => replied('U'));
    expect(await response.json()).toEqual({ resourceType: 'Bundle', type: 'searchset', timestamp: '2026-03-13T12:00:00+00:00', total: 0 });
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
    expect(edge.spine.asked[1]).toMatchObject({ key: '9000000017', wish: { name: 'get-confidentiality' }, options: { purpose: 'sweep' } });
  });

  test('PDS-A49 a merged related person hides what the surviving record hides', async () => {
    const { response } = await list([person('A', '9000000017')], (key) => (key === '9000000017' ? moved('9000000025') : replied('R')));
    expect(await response.text()).not.toContain('telecom');
    const endless = await list([person('A', '9000000017')], () => moved('9000000025'));
    expect(await endless.response.text()).not.toContain('telecom');
  });

  test('PDS-A49 no answer about a related person is no answer at all', async () => {
    const { response } = await list([person('A', '9000000017')], () => ({ kind: 'unavailable', reason: 'broken', retryAfterSeconds: 1 }));
    expect(response.status).toBe(503);
  });

  test('PDS-A48 an invalid or unknown patient', async () => {
    const edge = new Edge();
    expect((await refusalIn(await edge.send('/Patient/1/RelatedPerson'))).code).toBe('INVALID_RESOURCE_ID');
    edge.spine.answer = () => refused('RESOURCE_NOT_FOUND');
    expect((await refusalIn(await edge.send(`/Patient/${N}/RelatedPerson`))).status).toBe(404);
  });
});

describe('Coverage', () => {
  const CARD = '{"resourceType":"Coverage","status":"active"}';
  const coverage = {
    resourceType: 'Coverage', status: 'active',
    subscriber: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: N } },
    identifier: [{ value: '29401395498043123948', assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: 'FRA' } } }],
    beneficiary: { identifier: { value: '178705ABC' } },
    payor: [{ identifier: { value: '123456' } }],
    period: { end: '2030-12-31' },
  };
  const post = (more: Sent = {}): Sent => ({
    method: 'POST', body: coverage, ...more, headers: { 'Content-Type': 'application/json', 'If-Match': 'W/"7"', ...more.headers },
  });

  test('PDS-A50 a card with the version of the record', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(`[${CARD}]`, { version: 4, attributes: { versionId: '4' } });
    const response = await edge.send(`/Coverage?subscriber:identifier=${N}`);
    expect(response.headers.get('ETag')).toBe('W/"4"');
    expect(await response.json()).toEqual({
      resourceType: 'Bundle', type: 'searchset', timestamp: '2026-03-13T12:00:00+00:00', total: 1, meta: { versionId: '4' },
      entry: [{ fullUrl: `https://edge.test/personal-demographics/FHIR/R4/Coverage?subscriber:identifier=${N}`, resource: JSON.parse(CARD) }],
    });
  });

  test('PDS-A50 no card still tells the version', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied('[]', { version: 4 });
    const response = await edge.send(`/Coverage?subscriber%3Aidentifier=${N}`);
    expect(response.headers.get('ETag')).toBe('W/"4"');
    expect(await response.json()).toEqual({ resourceType: 'Bundle', type: 'searchset', timestamp: '2026-03-13T12:00:00+00:00', total: 0, meta: { versionId: '4' } });
  });

  test('PDS-A50 of a merged record under the surviving number; an invalid number', async () => {
    const edge = new Edge();
    edge.spine.answer = ({ key }) => (key === N ? moved('9000000017') : replied(`[${CARD}]`));
    expect(await (await edge.send(`/Coverage?subscriber:identifier=${N}`)).text()).toContain('subscriber:identifier=9000000017');
    expect((await refusalIn(await edge.send('/Coverage?subscriber:identifier=9000000000'))).code).toBe('INVALID_RESOURCE_ID');
  });

  test('PDS-A51 a new card is put to the record of its subscriber', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(`[${CARD}]`, { version: 8, effect: 'accepted' });
    const response = await edge.send('/Coverage', post());
    expect([response.status, response.headers.get('ETag')]).toEqual([201, 'W/"8"']);
    expect(edge.spine.only).toMatchObject({ key: N, wish: { name: 'update-coverage', coverage }, options: { expectedVersion: 7 } });
  });

  test.each([
    ['no version', { 'If-Match': null }, coverage, 412, 'PRECONDITION_FAILED'],
    ['another type', { 'Content-Type': 'text/plain' }, coverage, 400, 'UNSUPPORTED_SERVICE'],
    ['a broken body', {}, '{', 400, 'INVALID_UPDATE'],
    ['a missing status', {}, { ...coverage, status: undefined }, 400, 'MISSING_VALUE'],
  ])('PDS-A51 refused: %s', async (_name, headers, body, status, code) => {
    const edge = new Edge();
    expect(await refusalIn(await edge.send('/Coverage', post({ headers, body })))).toMatchObject({ status, code });
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A51 a patch content type is taken', async () => {
    const edge = new Edge();
    edge.spine.answer = () => replied(`[${CARD}]`);
    expect((await edge.send('/Coverage', post({ headers: { 'Content-Type': 'application/json-patch+json' } }))).status).toBe(201);
  });
});

