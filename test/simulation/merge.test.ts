/** Merging two NHS numbers over the real record kinds, with a crash at every step: what readers of either number meet. */
import { expect, test } from 'vitest';
import { PATIENT_KINDS } from '../../src/actors/patient-kinds.ts';
import { RECENT_MAX } from '../../src/domain/scr/access-alerts.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { ImportRecord } from '../../src/engine/envelope.ts';
import { MERGER_MODE } from '../../src/nhs/merger.ts';
import type { TransactionCommand, TransactionEnvelope, TransactionOutcome } from '../../src/engine/transaction.ts';
import { TransactionWorld } from '../support/transaction-world.ts';
import type { Fault, Name } from '../support/transaction-world.ts';

const [FROM, INTO] = ['a-lost', 'b-kept'] as const;
const MINUTES = 60_000;
const AGENT = { client: 'operator', mode: MERGER_MODE, rights: [] };

const row = (kind: string, key: string, body: unknown, annex: unknown = ''): ImportRecord => ({
  kind,
  key,
  version: 3,
  body: JSON.stringify(body),
  annex: annex === '' ? '' : JSON.stringify(annex),
});

/** What one side holds: its mark is on everything, so that it can be told where a thing came from. */
function holdings(key: string, mark: string, storedAt: number): readonly ImportRecord[] {
  const latest = { eventId: `EVENT-${mark}`, storedAt, total: 0, kept: '' };
  const flag = { code: `flag-${mark}`, flag: { resourceType: 'Flag', id: mark }, support: [] };
  return [
    row('demographics', key, { resourceType: 'Patient', id: key, meta: { versionId: '3' } }),
    row('summary-care-record', key, [mark], { latest, eventIds: [latest.eventId] }),
    row('access-alerts', key, [{ receivedAt: storedAt, organization: mark, event: {} }], 1),
    row('patient-flags', key, [flag], { accesses: [], removals: [] }),
  ];
}

/** One of each kind as a reader meets it: `moved`, or the marks in it. */
const QUERIES = [
  ['demographics', { name: 'get-patient' }],
  ['summary-care-record', { name: 'get-summary-id' }],
  ['access-alerts', { name: 'list-alerts' }],
  ['patient-flags', { name: 'list-flags' }],
] as const;

function meets(world: TransactionWorld, side: 'a' | 'b', key: string): string {
  return QUERIES.map(([name, query]) => {
    const kind = PATIENT_KINDS.find((one) => one.name === name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    const stored = (wanted: string) =>
      world.actors[side].sql.exec<{ version: number; body: string; annex: string }>(
        `SELECT version, body, annex FROM record WHERE kind = ? AND key = ?`,
        wanted,
        key,
      )[0];
    const found = stored(name);
    const record = found === undefined ? null : { key, ...found, state: () => kind.decode(found) };
    const neighbour = (wanted: string) => {
      const beside = stored(wanted);
      return beside === undefined ? null : PATIENT_KINDS.find((one) => one.name === wanted)?.decode(beside);
    };
    const view = kind.view(record, query, { key, now: world.time, agent: { ...AGENT, mode: 'open' }, neighbour });
    if (view.kind !== 'found') return view.kind;
    const told = `${view.body} ${view.attributes?.['eventId'] ?? ''}`;
    return ['LOST', 'KEPT'].filter((mark) => told.includes(mark)).join('+');
  }).join(' ');
}

const BEFORE = { a: ' LOST LOST LOST', b: ' KEPT KEPT KEPT' };
/** The newer summary, all alerts, all flags. */
const AFTER = { a: 'moved moved moved moved', b: ' LOST LOST+KEPT LOST+KEPT' };

async function filled(faults: readonly Fault[]): Promise<TransactionWorld> {
  const world = new TransactionWorld([], PATIENT_KINDS);
  const chunk = { v: ENVELOPE_VERSION, chunkId: 'c', agent: AGENT };
  const filling = Promise.all([
    world.actors.a.instance.engine.import({ ...chunk, records: holdings(FROM, 'LOST', 2_000) }),
    world.actors.b.instance.engine.import({ ...chunk, records: holdings(INTO, 'KEPT', 1_000) }),
  ]);
  await world.run(1_000);
  await filling;
  world.restart(faults);
  return world;
}

/** As the edge plans it. */
async function merging(world: TransactionWorld): Promise<TransactionEnvelope> {
  const asked = world.actors.a.instance.engine.handOver({ from: FROM, into: INTO });
  await world.run(100);
  const plan = await asked;
  if (plan.kind !== 'planned') throw new Error(plan.kind);
  const wishes = [
    ...plan.records.flatMap(({ kind, absorb }) => (absorb === null ? [] : [{ kind, key: INTO, command: absorb }])),
    ...plan.records.map(({ kind, retire, version }) => ({
      kind,
      key: FROM,
      command: retire,
      expectedVersion: version,
    })),
  ].map((wish, position): TransactionCommand => ({ position, ...wish }));
  const part = (name: 'a' | 'b', key: string) => ({
    target: name,
    shard: name,
    commands: wishes.filter((wish) => wish.key === key),
  });
  const requestId = 'merge/1';
  return {
    v: ENVELOPE_VERSION,
    key: `operator/${requestId}`,
    agent: AGENT,
    requestId,
    fingerprint: 'f',
    parts: [part('b', INTO), part('a', FROM)],
  };
}

async function merged(faults: readonly Fault[]): Promise<{ world: TransactionWorld; outcome: TransactionOutcome }> {
  const world = await filled([]);
  const envelope = await merging(world);
  world.restart(faults);
  world.onStep = () => {
    const [lost, kept] = [meets(world, 'a', FROM), meets(world, 'b', INTO)];
    expect([BEFORE.a, AFTER.a]).toContain(lost);
    expect([BEFORE.b, AFTER.b]).toContain(kept);
    // Whoever is led on finds everything there.
    if (lost === AFTER.a) expect(kept).toBe(AFTER.b);
  };
  const asked = world.client(envelope);
  await world.run(20 * MINUTES);
  return { world, outcome: await asked };
}

function expectWhole({ world, outcome }: { world: TransactionWorld; outcome: TransactionOutcome }, told: string): void {
  expect(outcome, told).toMatchObject({ kind: 'committed' });
  expect([meets(world, 'a', FROM), meets(world, 'b', INTO), world.leftovers()], told).toEqual([AFTER.a, AFTER.b, 0]);
}

test('PDS-M17 a merge over summary, alerts and flags: before or after, and nothing between', async () => {
  const before = await filled([]);
  expect([meets(before, 'a', FROM), meets(before, 'b', INTO)]).toEqual([BEFORE.a, BEFORE.b]);
  expectWhole(await merged([]), 'no fault');
});

test('PDS-M17 a crash of either side at any step ends in one whole merge', async () => {
  const { world } = await merged([]);
  const count = world.trace.length;
  expect(count).toBeGreaterThan(16);
  for (let step = 1; step <= count; step++) {
    for (const crash of ['coordinator', 'a', 'b'] satisfies Name[])
      expectWhole(await merged([{ step, what: { crash } }]), `${crash} crashes at step ${step}`);
  }
});

test.each([
  ['patient-flags', { name: 'create-flag', code: 'x', flag: { resourceType: 'Flag' }, support: [] }],
  ['access-alerts', { name: 'raise-alert', organization: 'late', event: { type: { code: '1' } } }],
])(
  'PDS-M16 what comes to the losing number after the plan (%s) makes the plan void, not lost',
  async (kind, command) => {
    const world = await filled([]);
    // A number under which nothing of the kind was, so that its absence is what is pinned.
    world.actors.a.sql.exec(`DELETE FROM record WHERE kind = ?`, kind);
    world.actors.a.crash();
    const envelope = await merging(world);
    const late = { v: 1, kind, key: FROM, command, agent: AGENT, requestId: 'late', fingerprint: '' };
    const written = world.submit('a', late);
    await world.run(1_000);
    expect(await written).toMatchObject({ effect: 'accepted' });
    const asked = world.client(envelope);
    await world.run(MINUTES);
    expect(await asked).toMatchObject({ kind: 'refused', code: 'version-mismatch' });
    expect([meets(world, 'b', INTO), world.leftovers()]).toEqual([BEFORE.b, 0]);
  },
);

test('SCR-X03 of the alerts of both the newest stay, and all are counted', () => {
  const kind = PATIENT_KINDS.find(({ name }) => name === 'access-alerts');
  const alerts = (from: number) => ({
    recent: Array.from({ length: 40 }, (_, n) => ({ receivedAt: from + 2 * n, organization: 'o', event: {} })),
    total: 100,
  });
  const context = {
    key: INTO,
    now: 0,
    version: 1,
    nextVersion: 2,
    agent: AGENT,
    newId: () => '',
    neighbour: () => null,
  };
  const absorb = { name: 'absorb-alerts', retired: alerts(1) };
  const decision = kind?.decide(alerts(0), absorb, context);
  const state = decision?.kind === 'accepted' ? (decision.state as ReturnType<typeof alerts>) : null;
  expect([state?.total, state?.recent.length]).toEqual([200, RECENT_MAX]);
  expect(state?.recent.map(({ receivedAt }) => receivedAt)).toEqual(Array.from({ length: 50 }, (_, n) => 30 + n));
  expect(kind?.decide(alerts(0), absorb, { ...context, agent: { ...AGENT, mode: 'open' } })).toMatchObject({
    code: 'unauthorised',
  });
});
