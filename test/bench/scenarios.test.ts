import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../bench/random.ts';
import { createScenario, PRODUCT_SCENARIOS } from '../../bench/scenarios/catalogue.ts';
import type { Exchange, Verdict } from '../../bench/scenarios/scenario.ts';
import { FakeEps } from './fake-eps.ts';
import { FakeMesh } from './fake-mesh.ts';
import { FakePds, refusal } from './fake-pds.ts';

const SETTINGS = { population: 200, shards: 8, searchShare: 4, writeShare: 20 };
const IN_FLIGHT = 16;

interface Ran {
  readonly pds: FakePds;
  readonly exchanges: readonly Exchange[];
  readonly verdicts: readonly Verdict[];
}

/** Many exchanges under way at once, answered in an order of chance. */
async function run(name: string, count: number, pds = new FakePds(200)): Promise<Ran> {
  const scenario = createScenario(name, SETTINGS);
  await scenario.setup(pds);
  const random = seededRandom(3);
  const flying: Exchange[] = [];
  const exchanges: Exchange[] = [];
  const verdicts: Verdict[] = [];
  while (verdicts.length < count) {
    while (flying.length < IN_FLIGHT) {
      const exchange = scenario.next(random);
      flying.push(exchange);
      exchanges.push(exchange);
    }
    const [exchange] = flying.splice(random.below(flying.length), 1);
    if (exchange !== undefined) verdicts.push(exchange.check(pds.answer(exchange.request)));
  }
  return { pds, exchanges, verdicts };
}

function share({ exchanges }: Ran, operation: string): number {
  return (exchanges.filter((exchange) => exchange.operation === operation).length / exchanges.length) * 100;
}

function brokenCodes({ verdicts }: Ran): Set<string> {
  return new Set(verdicts.flatMap((verdict) => (verdict.kind === 'broken' ? [verdict.code] : [])));
}

/** One after the other: a MESH message's next step is what its last reply made possible. */
async function runMesh(name: string, count: number, mesh = new FakeMesh()) {
  const scenario = createScenario(name, SETTINGS);
  await scenario.setup(mesh);
  const random = seededRandom(3);
  const verdicts = Array.from({ length: count }, () => {
    const exchange = scenario.next(random);
    return exchange.check(mesh.answer(exchange.request));
  });
  return { mesh, verdicts };
}

describe('prescription scenarios', () => {
  test.each(['eps-lifecycle', 'eps-peak'])('%s takes prescriptions through their steps', async (name) => {
    const eps = new FakeEps();
    const scenario = createScenario(name, SETTINGS);
    await scenario.setup(eps);
    const random = seededRandom(3);
    const rows = new Set<string>();
    for (let n = 0; n < 60; n++) {
      const exchange = scenario.next(random);
      rows.add(exchange.operation);
      expect(exchange.check(eps.answer(exchange.request)).kind).toBe('ok');
    }
    const steps = name === 'eps-peak' ? ['NOMINATED_RELEASE'] : ['RELEASE', 'DISPENSE', 'CLAIM'];
    expect([...rows].toSorted()).toEqual(['PREPARE', 'ORDER', ...steps].toSorted());
  });

  test('eps-peak finds out a server that hands one prescription out twice', async () => {
    const eps = new FakeEps();
    eps.doubles = true;
    const scenario = createScenario('eps-peak', SETTINGS);
    await scenario.setup(eps);
    const random = seededRandom(3);
    const verdicts = Array.from({ length: 60 }, () => {
      const exchange = scenario.next(random);
      return exchange.check(eps.answer(exchange.request));
    });
    expect(verdicts).toContainEqual({ kind: 'broken', code: 'HANDED_OUT_TWICE' });
  });
});

describe('MESH scenarios', () => {
  test('mesh-small takes whole messages through their life, three steps each', async () => {
    const { mesh, verdicts } = await runMesh('mesh-small', 300);
    expect(verdicts.filter(({ kind }) => kind !== 'ok')).toEqual([]);
    expect(new Set(mesh.acknowledged).size).toBe(100);
  });

  test('mesh-small tells an accepted message that is not there', async () => {
    const mesh = new FakeMesh();
    mesh.losesMessages = true;
    const { verdicts } = await runMesh('mesh-small', 2, mesh);
    expect(verdicts[1]).toEqual({ kind: 'broken', code: 'ACCEPTED_MESSAGE_LOST' });
  });

  test('mesh-bulk sends ten chunks, fetches ten, acknowledges one', async () => {
    const { mesh, verdicts } = await runMesh('mesh-bulk', 21);
    expect(verdicts.filter(({ kind }) => kind !== 'ok')).toEqual([]);
    expect(mesh.acknowledged).toHaveLength(1);
  });
});

describe('scenarios', () => {
  test.each(PRODUCT_SCENARIOS.filter((name) => !/^(mesh|eps)-/.test(name)))(
    '%s gets nothing but good answers from a right server',
    async (name) => {
      const { verdicts } = await run(name, 3000);
      expect(verdicts.filter(({ kind }) => kind !== 'ok')).toEqual([]);
    },
  );

  test('pds-patch changes one thing a time, names the object id, and sends ASCII only', async () => {
    const { pds } = await run('pds-patch', 2000);
    const paths = new Set<string>();
    for (const [, body] of pds.applied) {
      expect(body).toMatch(/^[\x20-\x7e]+$/);
      const { patches } = JSON.parse(body) as { patches: { op: string; path: string; value: unknown }[] };
      paths.add(patches.map(({ op, path }) => `${op} ${path}`).join(', '));
      if (patches[0]?.path.endsWith('/id')) expect(['t2', 'a1']).toContain(patches[0].value);
    }
    expect(paths).toEqual(
      new Set([
        'replace /telecom/1/id, replace /telecom/1/value',
        'replace /address/0/id, replace /address/0/line/0, replace /address/0/postalCode',
        'replace /gender',
        'add /extension/-',
      ]),
    );
  });

  test('the same seed on the same records changes them again: no change repeats what an earlier run wrote', async () => {
    const pds = new FakePds(200);
    await run('pds-patch', 1000, pds);
    await run('pds-patch', 1000, pds);
    const values = pds.applied.filter(([, body]) => !body.includes('/gender')).map(([number, body]) => number + body);
    expect(new Set(values).size).toBe(values.length);
  });

  test('national-mix has the shares it says', async () => {
    const ran = await run('national-mix', 20_000);
    expect(share(ran, 'PATCH')).toBeCloseTo(20, 0);
    expect(share(ran, 'SEARCH')).toBeCloseTo(4, 0);
    expect(share(ran, 'GET')).toBeCloseTo(76, 0);
  });

  test('hot-patient keeps 80/20 on one record; of rivals one wins, the others are conflicts and not errors', async () => {
    const ran = await run('hot-patient', 5000);
    expect(new Set(ran.exchanges.map(({ request }) => request.path)).size).toBe(1);
    expect(share(ran, 'PATCH')).toBeCloseTo(20, -0.5);
    const conflicts = ran.verdicts.filter((verdict) => verdict.kind === 'ok' && verdict.as === 'CONFLICT').length;
    expect(conflicts).toBeGreaterThan(100);
    expect(ran.pds.applied.length).toBeGreaterThan(100);
  });

  test('a server that gives one version to two rivals is found out', async () => {
    const pds = new FakePds(200);
    pds.ignoresIfMatch = true;
    expect(brokenCodes(await run('hot-patient', 500, pds)).size).toBeGreaterThan(0);
  });

  test('retry-storm sends three in ten changes twice, equal to the byte, and each takes effect once', async () => {
    const ran = await run('retry-storm', 10_000);
    const changes = ran.exchanges.filter(({ operation }) => operation === 'PATCH');
    const repeats = ran.exchanges.filter(({ operation }) => operation === 'REPEAT');
    expect((repeats.length / changes.length) * 100).toBeGreaterThan(27);
    expect((repeats.length / changes.length) * 100).toBeLessThan(33);
    const byId = new Map(changes.map(({ request }) => [request.requestId, request]));
    for (const { request } of repeats) expect(request).toEqual({ ...byId.get(request.requestId), keepBody: true });
    const versions = [...ran.pds.versions.values()].reduce((sum, version) => sum + version - 1, 0);
    expect(versions).toBe(ran.pds.applied.length);
  });

  test('a server that executes a repeat again is found out', async () => {
    const pds = new FakePds(200);
    pds.forgetsRequestIds = true;
    expect(brokenCodes(await run('retry-storm', 500, pds))).toContain('REPEAT_ANSWERED_DIFFERENTLY');
  });

  test('a server that loses an acknowledged write is found out by the next read', async () => {
    const pds = new FakePds(200);
    pds.losesWrites = true;
    expect(brokenCodes(await run('hot-patient', 500, pds))).toContain('ACKNOWLEDGED_WRITE_LOST');
  });

  test('a refused change is counted by status and code, and its patient is read again before the next', async () => {
    const scenario = createScenario('pds-patch', { ...SETTINGS, population: 1 });
    const pds = new FakePds(1);
    await scenario.setup(pds);
    const random = seededRandom(1);
    const exchange = scenario.next(random);
    expect(exchange.operation).toBe('PATCH');
    expect(scenario.next(random).operation).toBe('GET');
    const refused = exchange.check(refusal(409, 'RESOURCE_VERSION_MISMATCH'));
    expect(refused).toMatchObject({
      kind: 'error',
      code: '409 RESOURCE_VERSION_MISMATCH',
      sample: expect.stringContaining('issue'),
    });
    const reread = scenario.next(random);
    expect(reread.operation).toBe('REREAD');
    expect(reread.check(pds.answer(reread.request))).toEqual({ kind: 'ok' });
    expect(scenario.next(random).operation).toBe('PATCH');
  });

  test('merged and restricted numbers are read like any other and never written to', async () => {
    const pds = new FakePds(200);
    const [first = '', second = '', third = ''] = pds.versions.keys();
    pds.merged.set(first, second);
    pds.restricted.add(third);
    const { exchanges, verdicts } = await run('national-mix', 8000, pds);
    expect(verdicts.filter(({ kind }) => kind !== 'ok')).toEqual([]);
    const operations = (number: string): Set<string> =>
      new Set(exchanges.filter(({ request }) => request.path.endsWith(number)).map(({ operation }) => operation));
    expect([operations(first), operations(third)]).toEqual([new Set(['GET']), new Set(['GET'])]);
    expect(operations(second)).toContain('PATCH');
  });

  test('a population that is not there is the target not being ready', async () => {
    await expect(createScenario('pds-read', SETTINGS).setup(new FakePds(10))).rejects.toThrow(/RESOURCE_NOT_FOUND/);
  });
});
