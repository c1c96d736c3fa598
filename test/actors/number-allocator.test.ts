import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import { isNhsNumber } from '../../src/nhs/nhs-number.ts';
import { AGENT, spine } from '../support/engine.ts';
import { emptyNationalDatabase } from '../support/national-database.ts';

beforeAll(async () => {
  await emptyNationalDatabase(spine.NATIONAL_0);
});

// A name of its own per test, hence a range of its own from the start.
let name = 500;
const allocator = (of: number) => spine.NUMBER_ALLOCATOR.getByName(String(of));

async function allocate(of: number, range: string, requestId: string = crypto.randomUUID()): Promise<string> {
  const outcome = await allocator(of).submit({
    v: ENVELOPE_VERSION,
    kind: 'number-range',
    key: range,
    command: { name: 'allocate-number' },
    agent: AGENT,
    requestId,
    fingerprint: '',
  });
  if (outcome.kind !== 'replied') throw new Error(outcome.kind);
  return outcome.body;
}

describe('number allocator', () => {
  test('PDS-N12 the first numbers are those of the public sandbox; the ranges do not touch each other', async () => {
    const of = ++name;
    expect(await allocate(of, 'patient')).toBe('5182663366');
    expect(await allocate(of, 'birth')).toBe('5900010775');
    expect(await allocate(of, 'patient')).toMatch(/^5182663/);
    expect(await allocate(of, 'birth')).toMatch(/^5900010/);
  });

  test('PDS-N13 all numbers are valid and go up; those without a check digit are left out', async () => {
    const of = ++name;
    const numbers = await Promise.all(Array.from({ length: 300 }, () => allocate(of, 'patient')));
    expect(numbers.filter((number) => !isNhsNumber(number))).toEqual([]);
    const bases = numbers.map((number) => Number(number.slice(0, 9)));
    expect(bases).toEqual([...new Set(bases)].toSorted((a, b) => a - b));
    const span = (bases.at(-1) ?? 0) - (bases[0] ?? 0) + 1;
    // One base in eleven has no number: 300 numbers take about 330 bases, and no more.
    expect(span).toBeGreaterThan(320);
    expect(span).toBeLessThan(342);
  });

  test('PDS-N14 no number twice over evictions and aborts; one request id has one number for ever', async () => {
    const of = ++name;
    const issued: string[] = [];
    const asked = new Map<string, string>();
    for (let round = 0; round < 9; round++) {
      const ids = Array.from({ length: 8 }, () => crypto.randomUUID());
      const underWay = ids.map((requestId) => allocate(of, 'patient', requestId).catch(() => null));
      if (round % 3 === 1) await abortAllDurableObjects();
      const answers = await Promise.all(underWay);
      if (round % 3 === 2) await evictDurableObject(allocator(of));
      for (const [index, requestId] of ids.entries()) {
        const number = await allocate(of, 'patient', requestId);
        const first = answers[index] ?? number;
        expect(number).toBe(first);
        asked.set(requestId, number);
        issued.push(number);
      }
    }
    expect(new Set(issued).size).toBe(9 * 8);
    for (const [requestId, number] of asked) expect(await allocate(of, 'patient', requestId)).toBe(number);
  }, 30_000);

  test('PDS-N14 an abort between decision and commit issues nothing that comes again', async () => {
    const of = ++name;
    const first = await allocate(of, 'birth');
    const lost = allocate(of, 'birth').catch(() => null);
    await runInDurableObject(allocator(of), (_actor, state) => state.abort('between')).catch(() => null);
    const told = await lost;
    const next = await allocate(of, 'birth');
    expect(new Set([first, told, next]).size).toBe(3);
    expect(next > first).toBe(true);
  });
});
