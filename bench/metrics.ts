/** What the server spent during the window: CPU and memory of its processes, and its own counters where it tells them. */
import type { WindowWatcher } from './generator/work.ts';
import type { Preparation } from './scenarios/scenario.ts';
import { newRequestId } from './request-ids.ts';
import { type ProcessUse, processTree, processUse } from './targets/processes.ts';

export const STATUS_PATH = '/operator/status';
const LAG_SAMPLE_MS = 1000;

export interface ServerFigures {
  /** CPU of all server processes per finished transaction; null where it cannot be seen. */
  readonly cpuMsPerTransaction: number | null;
  /** Share of one core; a server may use more than one. */
  readonly cpuShare: number | null;
  readonly residentMegabytes: number | null;
  readonly rowsReadPerTransaction: number | null;
  readonly rowsWrittenPerTransaction: number | null;
  readonly snapshotLagMsMax: number | null;
  readonly snapshotLagMsLast: number | null;
}

export type Counters = Readonly<Record<string, number>>;

export class ServerMeter implements WindowWatcher {
  readonly #pid: number | null;
  readonly #preparation: Preparation;
  readonly #progress: (done: number, errors: number) => void;
  readonly #lags: number[] = [];
  #from: ProcessUse | null = null;
  #to: ProcessUse | null = null;
  #openedAt = 0;
  #seconds = 0;
  #before: Promise<Counters | null> = Promise.resolve(null);
  #after: Promise<Counters | null> = Promise.resolve(null);
  #sampler: NodeJS.Timeout | undefined;

  constructor(pid: number | null, preparation: Preparation, progress: (done: number, errors: number) => void) {
    this.#pid = pid;
    this.#preparation = preparation;
    this.#progress = progress;
  }

  opened(): void {
    this.#openedAt = performance.now();
    this.#from = this.#use();
    this.#before = this.#counters();
    this.#sampler = setInterval(() => void this.#sampleLag(), LAG_SAMPLE_MS);
  }

  closed(): void {
    clearInterval(this.#sampler);
    this.#seconds = (performance.now() - this.#openedAt) / 1000;
    this.#to = this.#use();
    this.#after = this.#counters();
  }

  progressed(done: number, errors: number): void {
    this.#progress(done, errors);
  }

  async figures(transactions: number): Promise<ServerFigures> {
    const before = await this.#before;
    const after = await this.#after;
    const cpu = this.#from === null || this.#to === null ? null : this.#to.cpuSeconds - this.#from.cpuSeconds;
    const per = (name: string): number | null => ratio(difference(before, after, name), transactions);
    return {
      cpuMsPerTransaction: cpu === null ? null : ratio(cpu * 1000, transactions),
      cpuShare: cpu === null ? null : ratio(cpu, this.#seconds),
      residentMegabytes: this.#to === null ? null : Math.round(this.#to.residentBytes / 1_048_576),
      rowsReadPerTransaction: per('rowsRead'),
      rowsWrittenPerTransaction: per('rowsWritten'),
      snapshotLagMsMax: this.#lags.length === 0 ? null : Math.max(...this.#lags),
      snapshotLagMsLast: after?.['snapshotLagMs'] ?? null,
    };
  }

  #use(): ProcessUse | null {
    return this.#pid === null ? null : processUse(processTree(this.#pid));
  }

  async #sampleLag(): Promise<void> {
    const before = await this.#before;
    // A target without such counters is not asked again: no load of ours besides the measured one.
    if (before?.['snapshotLagMs'] === undefined) return;
    const lag = (await this.#counters())?.['snapshotLagMs'];
    if (lag !== undefined) this.#lags.push(lag);
  }

  #counters(): Promise<Counters | null> {
    return countersAt(this.#preparation);
  }
}

/** The server's own counters; null where it has none or does not show them. */
export async function countersAt(operator: Preparation): Promise<Counters | null> {
  try {
    const request = { method: 'GET', path: STATUS_PATH, headers: '', body: '', keepBody: true } as const;
    const reply = await operator.send({ ...request, requestId: newRequestId() });
    return reply.status === 200 ? countersOf(reply.body?.toString('utf8') ?? '') : null;
  } catch {
    return null;
  }
}

export function countersOf(text: string): Counters | null {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof status !== 'object' || status === null || !('counters' in status)) return null;
  const { counters } = status;
  if (typeof counters !== 'object' || counters === null) return null;
  return Object.fromEntries(
    Object.entries(counters).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function difference(before: Counters | null, after: Counters | null, name: string): number | null {
  const from = before?.[name];
  const to = after?.[name];
  return from === undefined || to === undefined ? null : to - from;
}

function ratio(value: number | null, by: number): number | null {
  return value === null || by <= 0 ? null : Math.round((value / by) * 1000) / 1000;
}
