/** Prescriptions in a running server: dispensers racing, cancellation against release, and lives while the whole process is killed. */
import { afterAll, expect, test } from 'vitest';
import { cancelRequest, releaseRequest } from '../../bench/scenarios/eps-messages.ts';
import { PHARMACIES, POPULATION, Town } from '../support/prescription-town.ts';
import type { Answer } from '../support/prescription-town.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const KILLS = Number(process.env['KILL_CYCLES'] ?? 3);
const RUN_MS = 4_000;
const PRESCRIBERS = 16;
const RACERS = 32;
const ARGS = ['--no-sandbox', '--population', String(POPULATION)];
/** What a killed release had taken and not settled is offered again after a minute. */
const END_MS = 90_000;

const servers: SpawnedSpine[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

async function townWith(server: SpawnedSpine): Promise<Town> {
  servers.push(server);
  const town = new Town();
  expect(await town.trustSigner(server)).toBe(200);
  return town;
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const issueIn = ({ text }: Answer): string => /PRESCRIPTION_[A-Z_]+|R-\d{4}/.exec(text)?.[0] ?? '';

test('EPS-X07 32 dispensers over HTTP race for the same prescriptions: each is handed out once, by id and out of the queue', async () => {
  const town = await townWith(await SpawnedSpine.start({ args: ARGS }));
  const prescribed = await Promise.all(times(12, () => town.prescribe('FR001')));
  const dispensers = times(RACERS, (n) => `FX${String(n).padStart(3, '0')}`);
  let told = 0;
  for (const rx of prescribed) {
    const answers = await Promise.all(dispensers.map((ods) => town.again(releaseRequest(ods, rx.shortId))));
    const won = dispensers.filter((_, n) => answers[n]?.status === 200);
    expect(won).toHaveLength(1);
    for (const answer of answers) if (answer.status === 200) town.received(answer);
    const lost = answers.filter(({ status }) => status === 400);
    for (const { text } of lost) expect(text).toContain('PRESCRIPTION_WITH_ANOTHER_DISPENSER');
    told += lost.filter(({ text }) => text.includes(`"value":"${won[0]}"`)).length;
  }
  expect([town.handed.length, new Set(town.handed).size, told]).toEqual([12, 12, 12 * (RACERS - 1)]);
  // One queue, 32 polls at a time.
  const queued = await Promise.all(times(60, () => town.prescribe('FR002')));
  const before = town.handed.length;
  const end = performance.now() + END_MS;
  let polls = 0;
  while (town.handed.length < before + queued.length && performance.now() < end) {
    await Promise.all(times(RACERS, () => town.poll('FR002')));
    polls += RACERS;
  }
  const handed = town.handed.slice(before);
  console.log(
    `race: 12 by id × ${RACERS}: 12 winners, ${told} told who; queue of 60, ${polls} polls: ${handed.length} handed`,
  );
  expect(handed.toSorted()).toEqual(queued.map(({ shortId }) => shortId).toSorted());
  expect(town.odd).toEqual([]);
}, 240_000);

test('EPS-X04 cancellation against release over HTTP: exactly one wins, and both are told so', async () => {
  const town = await townWith(await SpawnedSpine.start({ args: ARGS }));
  const ends = { cancelled: 0, released: 0, mixed: 0 };
  for (let round = 0; round < 40; round++) {
    const rx = await town.prescribe('FR003');
    const cancels = rx.items.map((_, index) => cancelRequest(rx, index));
    const requests = [releaseRequest('FX001', rx.shortId), ...cancels];
    // A release has the longer way, so the cancellations begin a little later each round: neither side is always the first.
    const [release, ...told] = await Promise.all(
      requests.map(async (request, which) => {
        if (which > 0) await new Promise((resolve) => setTimeout(resolve, (round % 8) * 2));
        return town.again(request);
      }),
    );
    const words = told.map((answer) => `${answer.status} ${issueIn(answer)}`);
    for (const word of words) expect(['200 R-0001', '400 R-0002']).toContain(word);
    const carried = words.filter((word) => word.startsWith('200')).length;
    const status = await town.status(rx);
    // All items cancelled: nothing left to hand out. Any that was not: it is with the dispenser, who was told what is not.
    if (carried === words.length) {
      expect([release?.status, release === undefined ? '' : issueIn(release), status]).toEqual([
        400,
        'PRESCRIPTION_CANCELLED',
        '0005',
      ]);
      ends.cancelled += 1;
    } else {
      expect([release?.status, status]).toEqual([200, '0002']);
      if (carried === 0) ends.released += 1;
      else ends.mixed += 1;
    }
  }
  console.log(`cancellation against release: 40 rounds, ${JSON.stringify(ends)}`);
  expect(town.odd).toEqual([]);
  expect(ends.cancelled).toBeGreaterThan(0);
  expect(ends.released).toBeGreaterThan(0);
}, 240_000);

async function prescribing(town: Town, prescriber: number): Promise<void> {
  for (let turn = prescriber; town.ordering; turn++) {
    const rx = await town.prescribe(PHARMACIES[turn % PHARMACIES.length] ?? '');
    // Every second one is had by its id and lived to its end.
    if (turn % 2 === 0) await town.live(rx);
  }
}

async function polling(town: Town): Promise<void> {
  while (town.ordering) {
    for (const pharmacy of PHARMACIES) await town.poll(pharmacy);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('EPS-X09 lives of prescriptions through kill -9: nothing answered is lost, nothing is handed out twice', async () => {
  let server = await SpawnedSpine.start({ args: ARGS });
  const town = await townWith(server);
  const busy = [...times(PRESCRIBERS, (n) => prescribing(town, n)), polling(town)];
  const underWay: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, RUN_MS));
    underWay.push(town.underWay);
    await server.kill();
    server = await server.restart(...ARGS);
    servers.push(server);
    town.url = server.url;
  }
  await new Promise((resolve) => setTimeout(resolve, RUN_MS));
  town.ordering = false;
  await Promise.all(busy);
  // What a killed process had promised to queues comes with its next start.
  const end = performance.now() + END_MS;
  const missing = () => [...town.ordered.keys()].filter((id) => !town.handed.includes(id));
  while (missing().length > 0 && performance.now() < end) {
    for (const pharmacy of PHARMACIES) await town.poll(pharmacy);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  // Every answered step stands in what trackers tell.
  const wanted = { released: '0002', dispensed: '0006', claimed: '0008' } as const;
  const astray: string[] = [];
  for (const rx of town.ordered.values()) {
    const lived = town.lived.get(rx.shortId);
    const status = await town.status(rx);
    if (status !== wanted[lived ?? 'released']) astray.push(`${rx.shortId} ${lived ?? 'polled'}: ${status}`);
  }
  const claimed = [...town.lived.values()].filter((how) => how === 'claimed').length;
  const figures = { kills: KILLS, unanswered: town.unanswered, ordered: town.ordered.size, underWay, claimed };
  const doubled = town.handed.length - new Set(town.handed).size;
  console.log(
    `kill -9: ${JSON.stringify({ ...figures, handed: town.handed.length, missing: missing().length, doubled, astray: astray.length })}`,
  );
  expect(town.odd).toEqual([]);
  expect(doubled).toBe(0);
  expect(missing()).toEqual([]);
  expect(astray).toEqual([]);
  expect(claimed).toBeGreaterThan(KILLS);
  // The kills met work, not an idle server.
  expect(Math.min(...underWay)).toBeGreaterThan(0);
}, 300_000);
