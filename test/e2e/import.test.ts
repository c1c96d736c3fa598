/** `npm run import` into a running Spine: bad lines, kill -9 of either side in the middle, and the same command again. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, wish } from '../support/pds-client.ts';
import { gone, ROOT, runScript, SpawnedSpine } from '../support/spawned-spine.ts';

const PEOPLE = 3_000;
/** One each after every so many people. What might be a part of the patient before it takes that patient along. */
const SLIPS = [
  { text: '{"resourceType":"Patient"', reason: /not JSON/, costsPatient: false },
  { text: '{"resourceType":"Practitioner","id":"1"}', reason: /./, costsPatient: true },
  { text: '{"resourceType":"Patient","id":"9000000000","gender":"female"}', reason: /./, costsPatient: false },
  { text: 'this is no JSON at all', reason: /not JSON/, costsPatient: true },
  { text: '{"resourceType":"Patient","id":"12345"}', reason: /./, costsPatient: false },
];
const EMPTY = ['--no-sandbox', '--population', '0'];

let folder = '';
let file = '';
/** Lines that must be refused, as the import tells them. */
const refusals: { line: number; reason: RegExp }[] = [];
let numbers: string[] = [];
let records = 0;

/** 3,000 people, and between them lines that cannot be loaded. */
async function writePeople(): Promise<void> {
  const { output } = await runScript('scripts/population.ts', ['--count', String(PEOPLE), '--seed', '7']);
  const patients = output.split(/\n(?=\{"resourceType":"Patient")/).map((text) => text.trimEnd().split('\n'));
  const lines: string[] = [];
  const loaded: string[][] = [];
  for (const [index, group] of patients.entries()) {
    const slip =
      (index + 1) % (PEOPLE / SLIPS.length) === 0 ? SLIPS[Math.floor(index / (PEOPLE / SLIPS.length))] : undefined;
    if (slip?.costsPatient) refusals.push(...group.map((_line, at) => ({ line: lines.length + at + 1, reason: /./ })));
    else loaded.push(group);
    lines.push(...group);
    if (!slip) continue;
    lines.push(slip.text);
    refusals.push({ line: lines.length, reason: slip.reason });
  }
  numbers = loaded.map(([first = '{}']) => (JSON.parse(first) as { id: string }).id);
  records =
    loaded.length +
    loaded.filter((group) => group.some((line) => line.includes('"resourceType":"RelatedPerson"'))).length;
  await writeFile(file, `${lines.join('\n')}\n`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-spine-import-'));
  file = join(folder, 'people.ndjson');
  await writePeople();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const load = (spine: SpawnedSpine, ...more: string[]) =>
  runScript('scripts/import.ts', [file, '--target', spine.url, '--data', spine.data, '--chunk', '100', ...more]);

async function held(spine: SpawnedSpine): Promise<number> {
  const authorization = `Bearer ${readFileSync(join(spine.data, 'operator.key'), 'utf8').trim()}`;
  const response = await fetch(`${spine.url}/operator/status`, { headers: { authorization } });
  return ((await response.json()) as { counters: { records: number } }).counters.records;
}

/** What the summary line counts, by its words. */
function counted(output: string): Record<string, number> {
  const pairs = [...output.matchAll(/([\d,]+) (patients sent|records stored|unchanged|lines refused)/g)];
  return Object.fromEntries(pairs.map(([, count = '', words = '']) => [words, Number(count.replaceAll(',', ''))]));
}

/** All people are there, and each is found; the bad lines are told by their numbers. */
async function expectComplete(spine: SpawnedSpine, output: string): Promise<void> {
  const told = output.split('\n').filter((line) => line.startsWith('line '));
  expect(told.map((line) => Number(/^line (\d+): /.exec(line)?.[1])).toSorted((a, b) => a - b)).toEqual(
    refusals.map(({ line }) => line),
  );
  for (const { line, reason } of refusals)
    expect(told.find((text) => text.startsWith(`line ${line}: `))).toMatch(reason);
  expect(await held(spine)).toBe(records);
  const sample = numbers.filter((_, index) => index % 97 === 0);
  for (const number of sample)
    expect([200, number]).toEqual([(await answerOf(spine.url, wish('GET', `/Patient/${number}`))).status, number]);
}

describe('import', () => {
  test('RUN-30 loads all but the bad lines with exit 1; again, it changes nothing', async () => {
    const spine = await SpawnedSpine.start({ args: EMPTY });
    try {
      const first = await load(spine);
      expect(first.code).toBe(1);
      expect(counted(first.output)).toMatchObject({ unchanged: 0, 'lines refused': refusals.length });
      expect(first.output).toContain('snapshot included');
      await expectComplete(spine, first.output);
      const again = await load(spine, '--chunk', '77');
      expect(again.code).toBe(1);
      expect(counted(again.output)).toMatchObject({ 'records stored': 0, unchanged: records });
      expect(await held(spine)).toBe(records);
      // "Snapshot included" means that a search finds them now.
      const { status, body } = await answerOf(
        spine.url,
        wish('GET', `/Patient?${await searchFor(spine, numbers[5] ?? '')}`),
      );
      expect([status, body.includes(numbers[5] ?? '-')]).toEqual([200, true]);
    } finally {
      await spine.close();
    }
  }, 60_000);

  test('RUN-30 kill -9 of server and import in the middle: the same command completes it', async () => {
    let spine = await SpawnedSpine.start({ args: EMPTY });
    const { data } = spine;
    try {
      const child = importing(spine, '--concurrency', '1', '--chunk', '25');
      await until(async () => (await held(spine)) > records / 4);
      await spine.kill();
      child.kill('SIGKILL');
      await gone(child.pid ?? 0);
      spine = await spine.restart(...EMPTY);
      const kept = await held(spine);
      expect(kept).toBeGreaterThan(records / 4);
      expect(kept).toBeLessThan(records);
      const resumed = await load(spine, '--chunk', '25');
      expect(resumed.code).toBe(1);
      await expectComplete(spine, resumed.output);
    } finally {
      await spine.close();
      await SpawnedSpine.remove(data);
    }
  }, 60_000);

  test('RUN-30 kill -9 of the import in the middle: the same command completes it', async () => {
    const spine = await SpawnedSpine.start({ args: EMPTY });
    try {
      const child = importing(spine, '--concurrency', '1', '--chunk', '25');
      await until(async () => (await held(spine)) > records / 4);
      child.kill('SIGKILL');
      await gone(child.pid ?? 0);
      const kept = await held(spine);
      expect(kept).toBeLessThan(records);
      const resumed = await load(spine);
      expect(resumed.code).toBe(1);
      expect(counted(resumed.output)['unchanged']).toBeGreaterThanOrEqual(records / 4);
      expect(counted(resumed.output)).toMatchObject({ 'lines refused': refusals.length });
      await expectComplete(spine, resumed.output);
    } finally {
      await spine.close();
    }
  }, 60_000);

  test('RUN-30 the other exit codes: 0 for a clean file, 2 for a wrong key or file', async () => {
    const spine = await SpawnedSpine.start({ args: EMPTY });
    const clean = join(folder, 'clean.ndjson');
    await writeFile(clean, `${readFileSync(file, 'utf8').split('\n')[0] ?? ''}\n`);
    const run = (...args: string[]) => runScript('scripts/import.ts', args);
    try {
      expect((await run(clean, '--target', spine.url, '--data', spine.data)).code).toBe(0);
      expect((await run(clean, '--target', spine.url, '--token', 'wrong')).code).toBe(2);
      expect((await run(join(folder, 'none.ndjson'), '--target', spine.url, '--data', spine.data)).code).toBe(2);
    } finally {
      await spine.close();
    }
  }, 60_000);
});

function importing(spine: SpawnedSpine, ...more: string[]) {
  const args = ['scripts/import.ts', file, '--target', spine.url, '--data', spine.data, ...more];
  return spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await reached());) {
    if (Date.now() > deadline) throw new Error('not reached within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function searchFor(spine: SpawnedSpine, number: string): Promise<URLSearchParams> {
  const { body } = await answerOf(spine.url, wish('GET', `/Patient/${number}`));
  const { name, birthDate, gender } = JSON.parse(body) as {
    name: { family: string }[];
    birthDate: string;
    gender: string;
  };
  return new URLSearchParams({ family: name[0]?.family ?? '', birthdate: `eq${birthDate}`, gender });
}
