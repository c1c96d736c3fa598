/** Lives of prescriptions while the whole process is killed: what was answered stands, and nothing is handed out twice. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { populationNumbers } from '../../bench/population.ts';
import {
  claimRequest,
  digestIn,
  dispenseRequest,
  newRx,
  newSigner,
  orderRequest,
  prepareRequest,
  releaseRequest,
  releasedIds,
} from '../../bench/scenarios/eps-messages.ts';
import type { Rx } from '../../bench/scenarios/eps-messages.ts';
import type { BenchRequest } from '../../bench/scenarios/scenario.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const KILLS = Number(process.env['KILL_CYCLES'] ?? 3);
const RUN_MS = 2_000;
const PRESCRIBERS = 8;
const PHARMACIES = ['FK001', 'FK002', 'FK003'];
const ARGS = ['--no-sandbox', '--population', '40'];
/** What a killed release had taken and not settled is offered again after a minute. */
const END_MS = 90_000;

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const servers: SpawnedSpine[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** Where the server is now; it moves with every start. */
class Town {
  url = '';
  ordering = true;
  readonly until = performance.now() + 600_000;
  readonly ordered = new Set<string>();
  readonly claimed = new Set<string>();
  readonly handed: string[] = [];
  readonly odd: string[] = [];
  readonly signer = newSigner();
  readonly numbers = populationNumbers(40);

  async send({ method, path, requestId, body }: BenchRequest): Promise<Answer | null> {
    const headers = { 'Content-Type': 'application/fhir+json', 'X-Request-ID': requestId };
    try {
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch(this.url + path, { method, headers, body, signal });
      const answer = { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
      return answer.status >= 500 ? null : answer;
    } catch {
      return null;
    }
  }

  /** The same request until it is answered. */
  async again(request: BenchRequest): Promise<Answer> {
    for (;;) {
      const answer = await this.send(request);
      if (answer !== null) return answer;
      if (performance.now() > this.until) throw new Error(`never answered: ${request.path}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async must(name: string, request: BenchRequest): Promise<Answer> {
    const answer = await this.again(request);
    if (answer.status !== 200) this.odd.push(`${name}: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
    return answer;
  }

  async prescribe(): Promise<void> {
    for (let turn = 0; this.ordering; turn++) {
      const rx = newRx(this.numbers[turn % this.numbers.length] ?? '', PHARMACIES[turn % PHARMACIES.length] ?? '');
      const digest = digestIn((await this.must('prepare', prepareRequest(rx))).body);
      if (digest === null) continue;
      await this.must('order', orderRequest(rx, digest, this.signer));
      // Every second one is had by its id and lived to its end.
      if (turn % 2 === 0) await this.live(rx);
      else this.ordered.add(rx.shortId);
    }
  }

  async live(rx: Rx): Promise<void> {
    // The nominated pharmacy may have been quicker: then it is in the queue's account.
    const released = await this.again(releaseRequest('FX001', rx.shortId));
    if (released.status === 400) return void this.ordered.add(rx.shortId);
    if (!releasedIds(released.body)?.has(rx.shortId)) this.odd.push('released something else');
    this.handed.push(rx.shortId);
    await this.must('dispense', dispenseRequest(rx));
    await this.must('claim', claimRequest(rx));
    this.claimed.add(rx.shortId);
  }

  async poll(pharmacy: string): Promise<number> {
    const answer = await this.must('poll', releaseRequest(pharmacy, null));
    const ids = releasedIds(answer.body);
    if (ids === null) this.odd.push('a good signature was refused');
    this.handed.push(...(ids ?? []));
    return ids?.size ?? 0;
  }
}

async function trust(town: Town, server: SpawnedSpine): Promise<void> {
  const key = readFileSync(join(server.data, 'operator.key'), 'utf8').trim();
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ authorities: [town.signer.authority] });
  const response = await fetch(`${server.url}/operator/prescription-trust`, { method: 'PUT', headers, body });
  expect(response.status).toBe(200);
}

test('EPS-X09 lives of prescriptions through kill -9: nothing answered is lost, nothing is handed out twice', async () => {
  const town = new Town();
  let server = await SpawnedSpine.start({ args: ARGS });
  servers.push(server);
  town.url = server.url;
  await trust(town, server);
  const prescribers = Array.from({ length: PRESCRIBERS }, () => town.prescribe());
  const polling = (async () => {
    while (town.ordering) {
      for (const pharmacy of PHARMACIES) await town.poll(pharmacy);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, RUN_MS));
    await server.kill();
    server = await server.restart(...ARGS);
    servers.push(server);
    town.url = server.url;
  }
  await new Promise((resolve) => setTimeout(resolve, RUN_MS));
  town.ordering = false;
  await Promise.all([...prescribers, polling]);
  // What a killed process had promised to queues comes with its next start.
  const end = performance.now() + END_MS;
  const missing = () => [...town.ordered].filter((id) => !town.handed.includes(id));
  while (missing().length > 0 && performance.now() < end) {
    for (const pharmacy of PHARMACIES) await town.poll(pharmacy);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(town.odd).toEqual([]);
  expect(new Set(town.handed).size).toBe(town.handed.length);
  expect(missing()).toEqual([]);
  expect(town.claimed.size).toBeGreaterThan(KILLS);
}, 240_000);
