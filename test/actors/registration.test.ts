import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PatientShard } from '../../src/actors/patient-shard.ts';
import { registrations } from '../../src/actors/stubs.ts';
import { shardOf } from '../../src/actors/addresses.ts';
import { birth } from '../domain/pds/births.ts';
import { KEY } from '../domain/pds/people.ts';
import { AGENT, spine } from '../support/engine.ts';
import { emptyNationalDatabase } from '../support/national-database.ts';
import {
  claimIsFree,
  codeIn,
  create,
  envelopeOf,
  found,
  FREE_AFTER_ABORT_MS,
  numberIn,
  post,
  recordCount,
  register,
  runUntil,
  SHARDS,
  somebody,
} from '../support/registration.ts';

const RIVALS = 64;

beforeAll(async () => {
  await emptyNationalDatabase(spine.NATIONAL_0);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('rivals', () => {
  test('PDS-N01 of 64 parallel creates of one person one is made; the others are told its number', async () => {
    const before = await recordCount();
    const body = somebody();
    const replies = await Promise.all(Array.from({ length: RIVALS }, () => create(body)));
    const [made, ...more] = replies.filter(({ status }) => status === 201);
    expect(more).toEqual([]);
    const number = numberIn(made?.text ?? '{}');
    const matches = replies.filter(({ status }) => status === 200);
    expect(matches.map(({ text }) => codeIn(text))).toEqual(Array.from({ length: RIVALS - 1 }, () => 'SINGLE_MATCH'));
    expect(matches.every(({ text }) => text.includes(`NHS number ${number} found`))).toBe(true);
    expect(await recordCount()).toBe(before + 1);
  }, 30_000);

  test('PDS-N02 64 copies of one request at once have one effect and one answer', async () => {
    const before = await recordCount();
    const body = somebody();
    const requestId = crypto.randomUUID();
    const replies = await Promise.all(Array.from({ length: RIVALS }, () => create(body, requestId)));
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(replies[0]?.status).toBe(201);
    expect(await create(body, requestId)).toMatchObject({ status: 201, text: replies[0]?.text });
    expect(await recordCount()).toBe(before + 1);
  });

  test.each(['while it runs', 'when it is done', 'when it was refused'])(
    'PDS-N03 one request id for other data is refused: %s',
    async (when) => {
      const body = somebody();
      if (when === 'when it was refused') await create(body);
      const first = envelopeOf(body);
      const other = { ...envelopeOf(somebody()), requestId: first.requestId, key: first.key };
      const before = await recordCount();
      const answer = register(first);
      if (when !== 'while it runs') await answer;
      expect(await register(other)).toEqual({ kind: 'refused', code: 'request-id-reused' });
      expect((await answer).kind).toBe(when === 'when it was refused' ? 'refused' : 'replied');
      expect(await recordCount()).toBe(before + (when === 'when it was refused' ? 0 : 1));
    },
  );

  test('PDS-N04 a create right after a create finds the first', async () => {
    const body = somebody();
    const number = numberIn((await create(body)).text);
    const again = await create(body);
    expect([again.status, codeIn(again.text)]).toEqual([200, 'SINGLE_MATCH']);
    expect(again.text).toContain(number);
  });

  test('PDS-N05 a search finds who was registered within a second', async () => {
    const body = somebody();
    const number = numberIn((await create(body)).text);
    await pause(950);
    expect(await found(body)).toEqual([number]);
  });
});

describe('crashes', () => {
  test('PDS-N06 stopped before or after any step, the same request ends in one record, one number and no claim', async () => {
    const { steps } = await runUntil(envelopeOf(somebody()), { step: Infinity, when: 'after' });
    expect(steps.length).toBeGreaterThan(7);
    const numbers = new Set<string>();
    for (const [step, name] of steps.entries()) {
      for (const when of ['before', 'after'] as const) {
        const where = `${when} ${step} ${name}`;
        const envelope = envelopeOf(somebody());
        const before = await recordCount();
        const stopped = await runUntil(envelope, { step, when });
        expect([where, stopped.outcome, stopped.steps.length]).toEqual([where, null, step + 1]);
        const outcome = await register(envelope);
        expect([where, outcome]).toMatchObject([where, { kind: 'replied' }]);
        const number = outcome.kind === 'replied' ? numberIn(outcome.body) : '';
        expect([where, numbers.has(number)]).toEqual([where, false]);
        numbers.add(number);
        expect([where, await recordCount()]).toEqual([where, before + 1]);
        expect([where, await claimIsFree(envelope)]).toEqual([where, true]);
        expect([where, await register(envelope)]).toEqual([where, { ...outcome, replayed: true }]);
      }
    }
    expect(numbers.size).toBe(steps.length * 2);
  }, 60_000);

  test('PDS-N06 what has got a number is finished without its client, within seconds', async () => {
    const body = somebody();
    const envelope = envelopeOf(body);
    const { steps } = await runUntil(envelopeOf(somebody()), { step: Infinity, when: 'after' });
    const before = await recordCount();
    await runUntil(envelope, { step: steps.indexOf('registration number-registration'), when: 'after' });
    for (let i = 0; i < 50 && (await recordCount()) === before; i++) await pause(100);
    expect(await recordCount()).toBe(before + 1);
    expect(await register(envelope)).toMatchObject({ kind: 'replied' });
    expect(await recordCount()).toBe(before + 1);
  }, 15_000);

  test('PDS-N06 with all actors aborted at any moment the same request ends in one record', async () => {
    for (let delay = 0; delay < 200; delay += 12) {
      const envelope = envelopeOf(somebody());
      const before = await recordCount();
      const attempt = registrations(spine).register(envelope.command, {
        agent: AGENT,
        requestId: envelope.requestId,
        fingerprint: envelope.fingerprint,
        waitMs: 5_000,
      });
      const settled = attempt.catch((error: unknown) => String(error));
      await pause(delay);
      await abortAllDurableObjects();
      // Not the caller's fault: 503 and a repeat, never a broken answer.
      expect([delay, await settled]).toMatchObject([delay, { kind: expect.stringMatching(/^(replied|unavailable)$/) }]);
      const outcome = await register(envelope);
      expect([delay, outcome]).toMatchObject([delay, { kind: 'replied' }]);
      expect([delay, await recordCount()]).toEqual([delay, before + 1]);
      expect([delay, await claimIsFree(envelope, FREE_AFTER_ABORT_MS)]).toEqual([delay, true]);
    }
  }, 60_000);

  test.each(['LOCATOR_SHARD', 'PATIENT_SHARD', 'NUMBER_ALLOCATOR', 'REGISTRATION_SHARD'] as const)(
    'PDS-N06 with one class aborted at any moment, too: %s',
    async (name) => {
      const stubs = () => Array.from({ length: SHARDS }, (_, shard) => spine[name].getByName(String(shard)));
      for (let delay = 10; delay < 130; delay += 30) {
        const envelope = envelopeOf(somebody());
        const before = await recordCount();
        const attempt = registrations(spine).register(envelope.command, {
          agent: AGENT,
          requestId: envelope.requestId,
          fingerprint: envelope.fingerprint,
          waitMs: 5_000,
        });
        const settled = attempt.catch((error: unknown) => String(error));
        await pause(delay);
        await Promise.allSettled(
          stubs().map((stub) =>
            runInDurableObject(stub as DurableObjectStub<PatientShard>, (_actor, state) => state.abort('test')),
          ),
        );
        expect([delay, await settled]).toMatchObject([
          delay,
          { kind: expect.stringMatching(/^(replied|unavailable)$/) },
        ]);
        expect([delay, await register(envelope)]).toMatchObject([delay, { kind: 'replied' }]);
        expect([delay, await recordCount()]).toEqual([delay, before + 1]);
        expect([delay, await claimIsFree(envelope, FREE_AFTER_ABORT_MS)]).toEqual([delay, true]);
      }
    },
    60_000,
  );

  test('PDS-N07 a rival who comes between the stop and the repeat is found, not doubled', async () => {
    const { steps } = await runUntil(envelopeOf(somebody()), { step: Infinity, when: 'after' });
    const numbered = steps.indexOf('registration number-registration');
    const body = somebody();
    const envelope = envelopeOf(body);
    const before = await recordCount();
    // The create does not arrive: the run lets go of its claim, and a rival is quicker than the repeat.
    const faulty = {
      ...spine,
      PATIENT_SHARD: {
        getByName: () => ({
          submit: () => Promise.resolve({ kind: 'unavailable', reason: 'overloaded', retryAfterSeconds: 5 }),
        }),
      },
    };
    const first = await runUntil(envelope, { step: Infinity, when: 'after' }, faulty as unknown as typeof spine);
    expect([first.outcome?.kind, numbered]).toEqual(['unavailable', expect.any(Number)]);
    const rival = await create(body);
    const repeat = await register(envelope);
    await pause(1_500);
    expect(await recordCount()).toBe(before + 1);
    expect([rival.status, repeat.kind]).toEqual(rival.status === 201 ? [201, 'refused'] : [200, 'replied']);
  }, 15_000);
});

describe('numbers', () => {
  test('PDS-N08 a number that an imported record has is passed over', async () => {
    const first = numberIn((await create(somebody())).text);
    // The next number of the range: 1 in 11 has no check digit.
    const allocator = spine.NUMBER_ALLOCATOR.getByName('0');
    const peek = await allocator.submit({
      v: 1,
      kind: 'number-range',
      key: 'patient',
      command: { name: 'allocate-number' },
      agent: AGENT,
      requestId: crypto.randomUUID(),
      fingerprint: '',
      dryRun: true,
    });
    const next = peek.kind === 'replied' ? peek.body : '';
    expect(Number(next)).toBeGreaterThan(Number(first));
    const imported = { ...somebody(), id: next };
    await spine.PATIENT_SHARD.getByName(String(shardOf(next, SHARDS))).import({
      v: 1,
      chunkId: crypto.randomUUID(),
      agent: AGENT,
      records: [{ kind: 'demographics', key: next, version: 7, body: JSON.stringify(imported), annex: '' }],
    });
    const made = await create(somebody());
    expect(made.status).toBe(201);
    expect(Number(numberIn(made.text))).toBeGreaterThan(Number(next));
  });

  test('PDS-N09 while the national index is down nobody is registered and no number is used up', async () => {
    const body = somebody();
    const envelope = envelopeOf(body);
    const first = Number(numberIn((await create(somebody())).text).slice(0, 9));
    const before = await recordCount();
    const down = {
      ...spine,
      NATIONAL_0: {
        prepare: () => {
          throw new Error('D1 is down');
        },
      },
    };
    const attempt = await runUntil(envelope, { step: Infinity, when: 'after' }, down as unknown as typeof spine);
    expect(attempt.outcome).toMatchObject({ kind: 'unavailable' });
    expect(attempt.steps).not.toContain('NUMBER_ALLOCATOR submit');
    expect(await recordCount()).toBe(before);
    expect(await claimIsFree(envelope)).toBe(true);
    const outcome = await register(envelope);
    const number = outcome.kind === 'replied' ? Number(numberIn(outcome.body).slice(0, 9)) : 0;
    expect(number).toBeGreaterThan(first);
    expect(number).toBeLessThanOrEqual(first + 2);
  });

  test('PDS-N09 on the wire that is 503 with Retry-After', async () => {
    const body = somebody();
    const requestId = crypto.randomUUID();
    await spine.NATIONAL_0.exec('ALTER TABLE patient_token RENAME TO patient_token_away');
    const down = await create(body, requestId);
    await spine.NATIONAL_0.exec('ALTER TABLE patient_token_away RENAME TO patient_token');
    expect([down.status, Number(down.headers.get('Retry-After')) > 0]).toEqual([503, true]);
    expect((await create(body, requestId)).status).toBe(201);
  });
});

describe('births', () => {
  const baby = (family: string, mother: string) => {
    const bundle = birth();
    const [child] = bundle.entry;
    if (child) child.resource['name'] = [{ use: 'usual', given: ['Ada'], family, period: { start: '2026-02-27' } }];
    for (const entry of [bundle.entry[6], bundle.entry[7]])
      if (entry) entry.resource['identifier'] = [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: mother }];
    return bundle;
  };
  const deliver = (bundle: unknown, ignore = false) =>
    post(`/Patient/$process-birth-details${ignore ? '?ignore_potential_matches=true' : ''}`, bundle);
  const OTHER_MOTHER = '9990000026';

  test('PDS-N10 same baby and mother: a match always; other mothers: a match unless waived; then several', async () => {
    const first = await deliver(baby('Zephyrin', KEY));
    expect(first.status).toBe(201);
    expect(first.headers.get('notification-id')).toMatch(/^[0-9A-F]{8}$/);
    const number = numberIn(first.text);
    expect(number).toMatch(/^59/);
    for (const ignore of [false, true]) {
      const again = await deliver(baby('Zephyrin', KEY), ignore);
      expect([ignore, again.status, codeIn(again.text), again.text.includes(number)]).toEqual([
        ignore,
        200,
        'SINGLE_MATCH',
        true,
      ]);
    }
    const unwaived = await deliver(baby('Zephyrin', OTHER_MOTHER));
    expect([unwaived.status, codeIn(unwaived.text)]).toEqual([200, 'SINGLE_MATCH']);
    const waived = await deliver(baby('Zephyrin', OTHER_MOTHER), true);
    expect(waived.status).toBe(201);
    expect(numberIn(waived.text)).not.toBe(number);
    const third = await deliver(baby('Zephyrin', '9000000009'));
    expect([third.status, codeIn(third.text)]).toEqual([200, 'MULTIPLE_MATCHES']);
  });

  test('PDS-N11 the repeat of a birth has the same notification id', async () => {
    const bundle = baby('Zosimus', KEY);
    const requestId = crypto.randomUUID();
    const first = await post('/Patient/$process-birth-details', bundle, requestId);
    const again = await post('/Patient/$process-birth-details', bundle, requestId);
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get('notification-id')).toBe(first.headers.get('notification-id'));
  });
});
