/**
 * A shard nobody asked for a while has left memory. What its first read and its first write cost, beside the same on a
 * shard that is awake. An idle actor is evicted after ten seconds.
 */
import type { Reply } from '../generator/response-parser.ts';
import { preparationOf } from '../generator/scenario-work.ts';
import type { WireTarget } from '../generator/transport.ts';
import { populationNumbers } from '../population.ts';
import { seededRandom } from '../random.ts';
import { newRequestId } from '../request-ids.ts';
import { PatientBook } from '../scenarios/patient-book.ts';
import { learnPatient, versionOf } from '../scenarios/patient-reading.ts';
import { patchExchange, PDS_BASE } from '../scenarios/pds-writes.ts';
import type { BenchRequest } from '../scenarios/scenario.ts';
import { TargetNotReady } from '../scenarios/scenario.ts';
import { spreadOf } from '../statistics.ts';

/** Longer than the ten seconds after which an idle actor leaves. */
export const EVICTED_AFTER_MS = 14_000;
/** Patients asked, one after the other: they meet several shards, the first of each of which is cold. */
const ASKED = 48;

export interface ColdFigures {
  readonly 'cold read ms': number;
  readonly 'warm read ms': number;
  readonly 'cold write ms': number;
  readonly 'warm write ms': number;
}

/** Medians; the cold ones are the slowest `shards` of a pass after the rest, the warm ones all of the next pass. */
export async function coldShards(target: WireTarget, shards: number, population: number): Promise<ColdFigures> {
  const wire = preparationOf(target);
  const book = new PatientBook(populationNumbers(Math.min(population, ASKED * 4)));
  const random = seededRandom(1);
  const timed = async (request: BenchRequest): Promise<{ reply: Reply; ms: number }> => {
    const began = performance.now();
    const reply = await wire.send(request);
    return { reply, ms: performance.now() - began };
  };
  const reads = async (): Promise<number[]> => {
    const times: number[] = [];
    for (const patient of book.patients.slice(0, ASKED)) {
      const { reply, ms } = await timed(readOf(patient.nhsNumber));
      if (reply.status !== 200 || reply.body === null) throw new TargetNotReady(`a read answers ${reply.status}`);
      if (learnPatient(patient, reply.body)) patient.version = versionOf(reply.etag);
      else patient.readOnly = true;
      times.push(ms);
    }
    return times;
  };
  const writes = async (): Promise<number[]> => {
    const times: number[] = [];
    for (const patient of book.patients.slice(0, ASKED)) {
      if (patient.readOnly) continue;
      const change = patchExchange(patient, random);
      const { reply, ms } = await timed({ ...change.request, keepBody: true });
      if (change.settle(reply).kind === 'ok') times.push(ms);
      if (reply.body !== null) learnPatient(patient, reply.body);
    }
    return times;
  };
  await rest();
  const coldReads = await reads();
  const warmReads = await reads();
  await rest();
  const coldWrites = await writes();
  const warmWrites = await writes();
  return {
    'cold read ms': medianOfSlowest(coldReads, shards),
    'warm read ms': spreadOf(warmReads).median,
    'cold write ms': medianOfSlowest(coldWrites, shards),
    'warm write ms': spreadOf(warmWrites).median,
  };
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, EVICTED_AFTER_MS));
}

/** Of a pass over sleeping shards, one request a shard woke it: the slowest ones, as many as there are shards. */
export function medianOfSlowest(times: readonly number[], shards: number): number {
  const slowest = times.toSorted((a, b) => b - a).slice(0, Math.min(shards, times.length));
  return Math.round(spreadOf(slowest).median * 100) / 100;
}

function readOf(nhsNumber: string): BenchRequest {
  const path = `${PDS_BASE}/Patient/${nhsNumber}`;
  return { method: 'GET', path, requestId: newRequestId(), headers: '', body: '', keepBody: true };
}
