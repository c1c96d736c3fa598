/** Prescribers and pharmacies over HTTP against a running server: each asks the same until it is answered, and keeps account. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { populationNumbers } from '../../bench/population.ts';
import {
  claimRequest,
  digestIn,
  dispenseRequest,
  newRx,
  orderRequest,
  prepareRequest,
  releaseRequest,
  releasedIds,
  trackRequest,
} from '../../bench/scenarios/eps-messages.ts';
import { newSigner } from '../../bench/scenarios/eps-signer.ts';
import type { Rx } from '../../bench/scenarios/eps-messages.ts';
import type { BenchRequest } from '../../bench/scenarios/scenario.ts';
import type { SpawnedSpine } from './spawned-spine.ts';

export const POPULATION = 40;
export const PHARMACIES = ['FK001', 'FK002', 'FK003'];
const PATIENCE_MS = 600_000;
const ANSWER_MS = 10_000;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export class Town {
  /** Where the server is now; it moves with every start. */
  url = '';
  ordering = true;
  /** Prescriptions whose order was answered, and how far those lived whose every step was answered. */
  readonly ordered = new Map<string, Rx>();
  readonly lived = new Map<string, 'released' | 'dispensed' | 'claimed'>();
  /** Every prescription in every answer to a release. */
  readonly handed: string[] = [];
  readonly odd: string[] = [];
  unanswered = 0;
  /** Requests that are not answered yet. */
  underWay = 0;
  readonly #until = performance.now() + PATIENCE_MS;
  readonly #signer = newSigner();
  readonly #numbers = populationNumbers(POPULATION);
  #serial = 0;

  /** Null where nobody knows what became of it. */
  async send({ body, method, path, requestId }: BenchRequest): Promise<Answer | null> {
    const headers = { 'Content-Type': 'application/fhir+json', 'X-Request-ID': requestId };
    this.underWay += 1;
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const sent = body === '' ? {} : { body };
      const response = await fetch(this.url + path, { method, headers, signal, ...sent });
      const text = await response.text();
      if (response.status < 500) return { status: response.status, text };
    } catch {
      // Killed, or not there yet.
    } finally {
      this.underWay -= 1;
    }
    this.unanswered += 1;
    return null;
  }

  /** The same request until it is answered. */
  async again(request: BenchRequest): Promise<Answer> {
    for (;;) {
      const answer = await this.send(request);
      if (answer !== null) return answer;
      if (performance.now() > this.#until) throw new Error(`never answered: ${request.path}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async must(name: string, request: BenchRequest): Promise<Answer> {
    const answer = await this.again(request);
    if (answer.status !== 200) this.odd.push(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return answer;
  }

  /** A signed order for a patient of the population. */
  async prescribe(pharmacy: string): Promise<Rx> {
    this.#serial += 1;
    const rx = newRx(this.#numbers[this.#serial % this.#numbers.length] ?? '', pharmacy);
    const digest = digestIn(Buffer.from((await this.must('prepare', prepareRequest(rx))).text));
    if (digest === null) throw new Error('nothing to sign');
    await this.must('order', orderRequest(rx, digest, this.#signer));
    this.ordered.set(rx.shortId, rx);
    return rx;
  }

  /** By its id, and lived to its end; the nominated pharmacy may be quicker. */
  async live(rx: Rx): Promise<void> {
    const released = await this.again(releaseRequest('FX001', rx.shortId));
    if (released.status === 400) return;
    if (!this.received(released).has(rx.shortId)) this.odd.push('released something else');
    this.lived.set(rx.shortId, 'released');
    await this.must('dispense', dispenseRequest(rx));
    this.lived.set(rx.shortId, 'dispensed');
    await this.must('claim', claimRequest(rx));
    this.lived.set(rx.shortId, 'claimed');
  }

  async poll(pharmacy: string): Promise<number> {
    return this.received(await this.must('poll', releaseRequest(pharmacy, null))).size;
  }

  received({ text }: Answer): ReadonlySet<string> {
    const ids = releasedIds(Buffer.from(text));
    if (ids === null) this.odd.push('a good signature was refused');
    this.handed.push(...(ids ?? []));
    return ids ?? new Set();
  }

  /** What trackers tell of it: the code of its business status, 'none' where it is not to be found. */
  async status(rx: Rx): Promise<string> {
    const { text } = await this.must('track', trackRequest(rx));
    const { entry = [] } = JSON.parse(text) as {
      entry?: { resource: { businessStatus?: { coding: { code: string }[] } } }[];
    };
    return entry[0]?.resource.businessStatus?.coding[0]?.code ?? 'none';
  }

  /** An operator's act: what the prescribers of this town sign counts. */
  async trustSigner(server: SpawnedSpine): Promise<number> {
    this.url = server.url;
    const key = readFileSync(join(server.data, 'operator.key'), 'utf8').trim();
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ authorities: [this.#signer.authority] });
    return (await fetch(`${server.url}/operator/prescription-trust`, { method: 'PUT', headers, body })).status;
  }
}
