/** A disk that fails or dawdles under the running process: no success that is none, nothing acknowledged is lost, nothing repeated is doubled. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { populationNumbers } from '../../bench/population.ts';
import { DiskFault, whyNoDiskFaults } from '../support/faults/disk-faults.ts';
import { OwnedWriters } from '../support/owned-writers.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const POPULATION = 120;
const LANES = 32;
const SHARDS_AT_LEAST = 4;
const FAULT_MS = 2_500;
const CALM_MS = 1_000;
/** strace stops the process at every traced call, so the bound is far below what the disk would allow. */
const SLOW_DISK_MS = 20;
const WRITES_PER_FSYNC = 3;

const running: SpawnedSpine[] = [];
afterEach(async () => {
  for (const spine of running.splice(0)) await spine.close();
});

const reason = whyNoDiskFaults();
if (reason !== null) console.log(`SKIPPED: disk faults (F3, F18, F24): ${reason}`);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function start(shards: number): Promise<{ spine: SpawnedSpine; writers: OwnedWriters }> {
  const args = ['--no-sandbox', '--population', String(POPULATION), '--shards', String(shards)];
  const spine = await SpawnedSpine.start({ args });
  running.push(spine);
  const writers = new OwnedWriters(spine.url, 1);
  await writers.prepare(populationNumbers(POPULATION));
  return { spine, writers };
}

async function writeThrough(spine: SpawnedSpine, writers: OwnedWriters, inject: string): Promise<{ during: number }> {
  const working = writers.run(LANES);
  await pause(CALM_MS);
  const fault = await DiskFault.begin(spine.runtime, inject);
  // What was under way when strace took hold may still be durable; what is asked from here on may not.
  await pause(200);
  const before = writers.times.length;
  await pause(FAULT_MS);
  const during = writers.times.length - before;
  await fault.end();
  const healed = writers.acknowledged;
  await until(() => writers.acknowledged > healed + 5 * LANES);
  writers.stop();
  await working;
  return { during };
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 40_000; !holds();) {
    if (Date.now() > deadline) throw new Error('it did not recover within 40 s');
    await pause(20);
  }
}

async function judge(spine: SpawnedSpine, writers: OwnedWriters): Promise<void> {
  await writers.verify();
  expect(writers.violations).toEqual([]);
  // The same after a restart: what memory held and what the disk holds are one.
  await spine.kill();
  const again = await spine.restart('--no-sandbox', '--population', String(POPULATION));
  running.push(again);
  writers.moveTo(again.url);
  await writers.verify();
  expect(writers.violations).toEqual([]);
}

describe('a torn write', () => {
  test('FLT-D04 half a frame at the end of every log, as a power cut leaves it, is ignored: what was acknowledged is there', async () => {
    const { spine, writers } = await start(8);
    const working = writers.run(LANES);
    await pause(CALM_MS);
    writers.stop();
    await working;
    await spine.kill();
    const logs = readdirSync(join(spine.data, 'state'), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && entry.name.endsWith('.sqlite-wal'),
    );
    expect(logs.length).toBeGreaterThan(SHARDS_AT_LEAST);
    for (const { name, parentPath } of logs) appendFileSync(join(parentPath, name), randomBytes(2_500));
    const again = await spine.restart('--no-sandbox', '--population', String(POPULATION));
    running.push(again);
    writers.moveTo(again.url);
    await writers.verify();
    expect([writers.violations, writers.acknowledged > 100]).toEqual([[], true]);
  });
});

describe.skipIf(reason !== null)('a failing disk', () => {
  test.each([
    // A commit that failed to sync may stand all the same; the edge's own repeat is then told so.
    ['FLT-D01', 'fsync fails with EIO', 'fsync,fdatasync:error=EIO', Infinity],
    ['FLT-D02', 'the disk is full', 'pwrite64,pwritev:error=ENOSPC', 0],
  ])('%s %s: refused with Retry-After, nothing acknowledged is lost, no repeat is doubled', async (...given) => {
    const [, , inject, most] = given;
    const { spine, writers } = await start(8);
    const { during } = await writeThrough(spine, writers, inject);
    console.log(
      `${inject}: ${writers.acknowledged} acknowledged, ${during} of them at the first attempt in the fault, ${writers.unknown} open`,
    );
    expect(during).toBeLessThanOrEqual(most);
    expect(writers.unknown).toBeGreaterThan(0);
    expect(writers.unmarkedRefusals).toBe(0);
    await judge(spine, writers);
  });

  test('FLT-D03 fsync takes 20 ms: writes share commits, so that many more are acknowledged than the disk could sync', async () => {
    const { spine, writers } = await start(1);
    const fault = await DiskFault.begin(spine.runtime, `fsync,fdatasync:delay_enter=${SLOW_DISK_MS * 1_000}`);
    const started = performance.now();
    const working = writers.run(64);
    await pause(FAULT_MS);
    writers.stop();
    await working;
    const perSecond = (writers.acknowledged * 1_000) / (performance.now() - started);
    await fault.end();
    console.log(
      `fsync of ${SLOW_DISK_MS} ms: ${Math.round(perSecond)} writes/s, ${1_000 / SLOW_DISK_MS} syncs/s at most`,
    );
    expect(perSecond).toBeGreaterThan((WRITES_PER_FSYNC * 1_000) / SLOW_DISK_MS);
    expect(writers.violations).toEqual([]);
  });
});
