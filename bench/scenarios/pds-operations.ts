/** The PDS requests the scenarios are mixed from, each judging its own reply against what the bench knows. */
import type { Reply } from '../generator/response-parser.ts';
import { populationNumbers } from '../population.ts';
import { pick, type Random } from '../random.ts';
import { newRequestId } from '../request-ids.ts';
import { type KnownPatient, PatientBook } from './patient-book.ts';
import { learnPatient, versionOf } from './patient-reading.ts';
import { type PatchExchange, patchExchange, PDS_BASE, rivalExchange } from './pds-writes.ts';
import {
  type BenchRequest,
  errorOf,
  type Exchange,
  NO_REPLY,
  OK,
  type Preparation,
  TargetNotReady,
  type Verdict,
} from './scenario.ts';

/** Patients written to and searched for; more would only lengthen the preparation. */
export const WORKING_SET = 2000;
/** One read in so many also has its body looked at. */
const BODY_CHECK_EVERY = 64;

export class PdsOperations {
  readonly #numbers: readonly string[];
  readonly #book: PatientBook;
  #reads = 0;

  constructor(population: number) {
    this.#numbers = populationNumbers(population);
    this.#book = new PatientBook(this.#numbers.slice(0, WORKING_SET));
  }

  /** Reads every patient of the working set, to know versions and object ids before the first write. */
  async prepare(preparation: Preparation): Promise<void> {
    const patients = this.#book.patients;
    const replies = await preparation.sendAll(patients.map(({ nhsNumber }) => getRequest(nhsNumber, true)));
    for (const [index, patient] of patients.entries()) {
      const reply = replies[index];
      if (reply?.status !== 200) throw notReady(patient, reply);
      if (!learnFrom(patient, reply)) patient.readOnly = true;
    }
  }

  anyNumber(random: Random): string {
    return pick(random, this.#numbers);
  }

  /** The first patient, open to all, with something to change again and again. */
  hotPatient(): KnownPatient {
    const found = this.#book.patients.find(
      ({ readOnly, telecom, address }) => !readOnly && (telecom !== null || address !== null),
    );
    if (found === undefined) throw new TargetNotReady('no patient has a phone number or a home address');
    return found;
  }

  /** Read your writes: the version shown must not be older than the one acknowledged when the read was sent. */
  read(nhsNumber: string): Exchange {
    const known = this.#book.find(nhsNumber);
    const atLeast = known === undefined ? 0 : known.version;
    const looked = atLeast > 0 && this.#reads++ % BODY_CHECK_EVERY === 0;
    return {
      operation: 'GET',
      request: getRequest(nhsNumber, looked),
      check: (reply) => (reply === null ? NO_REPLY : checkRead(reply, { nhsNumber, atLeast, looked })),
    };
  }

  /** A patient nobody else writes to; a read where all are taken. */
  write(random: Random): Exchange {
    const patient = this.#book.own(random);
    return patient === null ? this.read(this.anyNumber(random)) : this.writeTo(patient, random);
  }

  /** The caller owns the patient; the exchange lets it go. A stale patient is read first, and that is this exchange. */
  writeTo(patient: KnownPatient, random: Random): Exchange {
    if (patient.stale) return reread(patient);
    const write = patchExchange(patient, random);
    return { operation: 'PATCH', request: write.request, check: (reply) => release(patient, write.settle(reply)) };
  }

  /** For scenarios that send a write more than once and let the patient go themselves. */
  ownedWrite(random: Random): { patient: KnownPatient; write: PatchExchange } | Exchange {
    const patient = this.#book.own(random);
    if (patient === null) return this.read(this.anyNumber(random));
    if (patient.stale) return reread(patient);
    return { patient, write: patchExchange(patient, random) };
  }

  /** Read and write without owning: a read tells the rivals the newest version. */
  readShared(patient: KnownPatient): Exchange {
    const exchange = this.read(patient.nhsNumber);
    const check = (reply: Reply | null): Verdict => {
      const verdict = exchange.check(reply);
      if (reply !== null && verdict.kind === 'ok') patient.version = Math.max(patient.version, versionOf(reply.etag));
      return verdict;
    };
    return { ...exchange, check };
  }

  writeShared(patient: KnownPatient, random: Random): Exchange {
    return rivalExchange(patient, random);
  }

  search(random: Random): Exchange {
    const patient = pick(random, this.#book.patients);
    if (patient.trace === null) return this.read(patient.nhsNumber);
    const { family, given, birthDate } = patient.trace;
    const query = new URLSearchParams({ family, given, birthdate: `eq${birthDate}` });
    return {
      operation: 'SEARCH',
      request: { ...getRequest('', true), path: `${PDS_BASE}/Patient?${query.toString()}` },
      check: (reply) => (reply === null ? NO_REPLY : checkSearch(reply, patient.nhsNumber)),
    };
  }
}

function reread(patient: KnownPatient): Exchange {
  return {
    operation: 'REREAD',
    request: getRequest(patient.nhsNumber, true),
    check: (reply) => release(patient, reply === null ? NO_REPLY : checkReread(patient, reply)),
  };
}

function checkReread(patient: KnownPatient, reply: Reply): Verdict {
  if (reply.status !== 200) return errorOf(reply);
  if (versionOf(reply.etag) < patient.version) return { kind: 'broken', code: 'ACKNOWLEDGED_WRITE_LOST' };
  return learnFrom(patient, reply) ? OK : { kind: 'broken', code: 'OTHER_PATIENT' };
}

function learnFrom(patient: KnownPatient, reply: Reply): boolean {
  if (reply.status !== 200 || reply.body === null || !learnPatient(patient, reply.body)) return false;
  patient.version = versionOf(reply.etag);
  patient.stale = false;
  return true;
}

function notReady(patient: KnownPatient, reply: Reply | undefined): TargetNotReady {
  const verdict = reply === undefined ? NO_REPLY : errorOf(reply);
  const answer = verdict.kind === 'ok' ? 'ok' : verdict.code;
  return new TargetNotReady(
    `patient ${patient.nhsNumber} of the synthetic population answers ${answer}; ` +
      'was the target started with a --population of at least this size, and does it need --token?',
  );
}

function release(patient: KnownPatient, verdict: Verdict): Verdict {
  patient.owned = false;
  return verdict;
}

interface ReadExpectation {
  readonly nhsNumber: string;
  readonly atLeast: number;
  readonly looked: boolean;
}

function checkRead(reply: Reply, { nhsNumber, atLeast, looked }: ReadExpectation): Verdict {
  if (reply.status !== 200) return errorOf(reply);
  const version = versionOf(reply.etag);
  if (version === 0) return { kind: 'error', code: 'NO_ETAG' };
  if (version < atLeast) return { kind: 'broken', code: 'ACKNOWLEDGED_WRITE_LOST' };
  if (looked && reply.body?.includes(`"${nhsNumber}"`) !== true) return { kind: 'broken', code: 'OTHER_PATIENT' };
  return OK;
}

/** Too many matches is a right answer to common names; not finding the person we know is there is not. */
function checkSearch(reply: Reply, nhsNumber: string): Verdict {
  if (reply.status !== 200) return errorOf(reply);
  if (reply.body?.includes(`"${nhsNumber}"`) === true || reply.body?.includes('TOO_MANY_MATCHES') === true) return OK;
  return { kind: 'error', code: 'SEARCH_MISSED_PATIENT' };
}

function getRequest(nhsNumber: string, keepBody: boolean): BenchRequest {
  const path = `${PDS_BASE}/Patient/${nhsNumber}`;
  return { method: 'GET', path, requestId: newRequestId(), headers: '', body: '', keepBody };
}
