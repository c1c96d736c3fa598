/** What must be true when everything has come to rest. */
import type { Call } from './call.ts';
import { judge } from './judge.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
/** Tries that a delivery is owed. */
const PATIENCE = 10;
const WAITING = `SELECT count(*) AS waiting FROM outbox WHERE dead = 0`;
/** More poison than one record of a world can send. */
const POISON_HOURS_MAX = 24;
const DEAD_LETTERS = `SELECT payload, attempts FROM outbox WHERE dead = 1`;

/** Deliveries that a shard has not made and not buried. */
function waitingOf({ database, ledger }: World['hosts'][number]): number {
  return ledger.hasTables ? (database.ask<{ waiting: number }>(WAITING)[0]?.waiting ?? 0) : 0;
}

/** Poison is buried after its last try, one of a stream after the other: ten minutes each. */
export async function buryPoison(world: World): Promise<void> {
  for (let hours = 0; hours < POISON_HOURS_MAX && world.hosts.some((host) => waitingOf(host) > 0); hours++)
    await world.run(world.now + HOUR_MS);
}

/** Tables, outbox, national copy and sums. */
export function checkPeace(world: World): void {
  for (const host of world.hosts) {
    host.ledger.checkAll();
    const waiting = waitingOf(host);
    if (waiting > 0) world.fail('I6', `shard ${host.shard} still owes ${waiting} deliveries`);
  }
  checkTransfers(world);
  checkNationalCopy(world);
}

/** I6: what was committed was delivered once, or lies in the dead letters. */
function checkTransfers(world: World): void {
  const dead = new Set<string>();
  for (const { database, ledger } of world.hosts) {
    if (!ledger.hasTables) continue;
    for (const { payload, attempts } of database.ask<{ payload: string; attempts: number }>(DEAD_LETTERS)) {
      if (attempts < PATIENCE) world.fail('I6', `${payload} was buried after ${attempts} tries`);
      dead.add((JSON.parse(payload) as { transfer: string }).transfer);
    }
  }
  world.mark('dead letter', dead.size);
  for (const { effects } of world.ledgers) {
    for (const name of effects.keys()) {
      world.transfersOf(name).forEach(({ to }, number) => {
        const transfer = `${name}>${number}`;
        if (to === null && !dead.has(transfer))
          world.fail('I6', `the poisoned ${transfer} is not among the dead letters`);
        if (to !== null && !world.applied.has(transfer) && !dead.has(transfer))
          world.fail('I6', `${transfer} was lost`);
      });
    }
  }
}

/** I5: equal at rest, and nothing that was never committed. */
function checkNationalCopy(world: World): void {
  const copies = world.national.copies();
  const indexed = world.national.indexedVersions();
  let records = 0;
  for (const { shard, ledger } of world.hosts) {
    for (const { kind, key, version, body, annex } of ledger.newest.values()) {
      records += 1;
      const copy = copies.find(
        (candidate) => candidate.shard === shard && candidate.kind === kind && candidate.key === key,
      );
      const same = copy?.version === version && copy.body === body && copy.annex === annex;
      if (!same) world.fail('I5', `${kind}/${key} is at ${version}, its national copy at ${copy?.version}`);
      if (kind === 'demographics' && indexed.get(key) !== version) {
        world.fail('I5', `${kind}/${key} is at ${version}, its index row at ${indexed.get(key)}`);
      }
    }
  }
  if (copies.length !== records) world.fail('I5', 'the national store holds a record that no shard has');
}

/** Within its retention a reply is repeated byte for byte; after it, nothing of it is kept. */
export async function checkReplies(world: World): Promise<void> {
  if (world.violation !== null) return;
  const asked = world.clients.flatMap(({ accepted }) => accepted.slice(-2));
  let answers = 0;
  for (const call of asked) {
    world.request({ ...call, settled: true } satisfies Call, {
      answered: (answer) => {
        answers += 1;
        judge(world, { ...call, settled: true }, answer);
      },
      broken: (error) => world.fail('G4', `a late repeat broke: ${String(error)}`),
    });
  }
  await world.run(world.now + 60_000, () => answers === asked.length);
  if (answers < asked.length) world.fail('G10', 'a late repeat was never answered');
  // A day of hourly alarms costs more than all before it.
  if (world.violation !== null || world.drawn.alarmLoss > 0 || !world.looks.chance(0.25)) return;
  await world.run(world.now + 28 * HOUR_MS);
  for (const { database, ledger, shard } of world.hosts) {
    if (!ledger.hasTables) continue;
    const [kept] = database.ask<{ n: number }>(`SELECT count(*) AS n FROM reply`);
    if (kept?.n !== 0) world.fail('I04', `shard ${shard} keeps ${kept?.n} replies for ever`);
  }
}
