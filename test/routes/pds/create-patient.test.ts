/** POST /Patient and births at the edge: what is registered, and how a match is told. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import { birth, newcomer } from '../../domain/pds/births.ts';
import { OTHER } from '../../domain/pds/people.ts';
import { Edge, PATIENT, refusalIn, replied } from '../support.ts';
import type { Sent } from '../support.ts';

const refused = (code: string, diagnostics?: string): Outcome =>
  diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };

describe('POST /Patient', () => {
  const body = newcomer();
  const post = (more: Sent = {}): Sent => ({
    method: 'POST',
    body,
    ...more,
    headers: { 'Content-Type': 'application/json', ...more.headers },
  });

  test.each(['application/json', 'application/fhir+json; charset=utf-8'])(
    'PDS-A45 a body that cannot be read, as %s',
    async (type) => {
      const edge = new Edge();
      const refusal = await refusalIn(
        await edge.send('/Patient', post({ body: '{', headers: { 'Content-Type': type } })),
      );
      expect(refusal).toMatchObject({ status: 400, code: 'INVALID_CREATE' });
      expect(edge.spine.asked).toEqual([]);
    },
  );

  test('PDS-A45 another content type is an unsupported service', async () => {
    expect(
      (await refusalIn(await new Edge().send('/Patient', post({ headers: { 'Content-Type': 'text/plain' } })))).code,
    ).toBe('UNSUPPORTED_SERVICE');
  });

  test('PDS-A45 what is missing is told without asking anybody', async () => {
    const edge = new Edge();
    const nameless = newcomer({ name: undefined });
    expect(await refusalIn(await edge.send('/Patient', post({ body: nameless })))).toMatchObject({
      code: 'MISSING_VALUE',
      diagnostics: "Missing value - 'name'",
    });
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
      wish: {
        name: 'register-person',
        range: 'patient',
        ignorePotentialMatches: false,
        matchKey: '1990-05-04/B430',
        identity: { family: 'BLYTHE', birthDate: '1990-05-04' },
      },
      options: { waitMs: 10_000 },
    });
    expect(edge.spine.only.options).not.toHaveProperty('expectedVersion');
  });

  test.each([
    ['SINGLE_MATCH', 'Single match found'],
    ['MULTIPLE_MATCHES', 'Multiple matches found'],
  ])('PDS-A46 %s is 200 with an OperationOutcome', async (code, display) => {
    const edge = new Edge();
    edge.spine.answer = () => refused(code, 'text');
    expect(await refusalIn(await edge.send('/Patient', post()))).toEqual({
      status: 200,
      code,
      display,
      issueCode: 'value',
      severity: 'error',
      diagnostics: 'text',
    });
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
    edge.spine.answer = () =>
      replied(PATIENT, { version: 1, effect: 'accepted', attributes: { notificationId: '1A2B3C4D' } });
    const response = await edge.send(`/Patient/$process-birth-details${query}`, post);
    expect([response.status, response.headers.get('notification-id')]).toEqual([201, '1A2B3C4D']);
    expect(edge.spine.only.wish).toMatchObject({
      name: 'register-person',
      range: 'birth',
      birth: { mother: OTHER },
      identity: { mother: OTHER },
      ignorePotentialMatches,
    });
  });

  test('PDS-A47 a body without entries is refused before anybody is asked', async () => {
    const edge = new Edge();
    const response = await edge.send('/Patient/$process-birth-details?ignore_potential_matches=true', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: { resourceType: 'Bundle', type: 'transaction', entry: [] },
    });
    expect((await refusalIn(response)).status).toBe(400);
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A47 a broken body is refused like one of POST /Patient', async () => {
    const refusal = await refusalIn(
      await new Edge().send('/Patient/$process-birth-details', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '[',
      }),
    );
    expect(refusal.code).toBe('INVALID_CREATE');
  });
});
