/** What the bench knows of each patient it writes to, and who is writing to whom just now. */
import type { Random } from '../random.ts';

export interface KnownPatient {
  readonly nhsNumber: string;
  /** Newest version acknowledged to us; a later read must not show an older one. */
  version: number;
  /** Nobody is sure of the version any more: read before the next write. */
  stale: boolean;
  /** Merged into another number (a read answers with that patient), or restricted: never written to. */
  readOnly: boolean;
  /** One writer at a time, so that a 409 is a finding and not our own doing. */
  owned: boolean;
  gender: string;
  /** Versions acknowledged to rival writers: each may be given to one of them only. */
  readonly won: Set<number>;
  telecom: ItemPlace | null;
  address: ItemPlace | null;
  /** Position of the nominated pharmacy among the extensions; -1: none. */
  pharmacy: number;
  /** Criteria that find this patient and that no change of ours touches. */
  trace: Trace | null;
}

export interface ItemPlace {
  readonly index: number;
  readonly id: string;
}

export interface Trace {
  readonly family: string;
  readonly given: string;
  readonly birthDate: string;
}

/** Neighbours tried before giving up on finding a patient nobody owns. */
const PROBES = 64;

export class PatientBook {
  readonly patients: readonly KnownPatient[];
  readonly #byNumber = new Map<string, KnownPatient>();

  constructor(nhsNumbers: readonly string[]) {
    this.patients = nhsNumbers.map(unknownPatient);
    for (const patient of this.patients) this.#byNumber.set(patient.nhsNumber, patient);
  }

  find(nhsNumber: string): KnownPatient | undefined {
    return this.#byNumber.get(nhsNumber);
  }

  /** A patient without a writer, now owned by the caller; null when all probed ones have one or are read-only. */
  own(random: Random): KnownPatient | null {
    const start = random.below(this.patients.length);
    for (let i = 0; i < Math.min(PROBES, this.patients.length); i++) {
      const patient = this.patients[(start + i) % this.patients.length];
      if (patient !== undefined && !patient.owned && !patient.readOnly) {
        patient.owned = true;
        return patient;
      }
    }
    return null;
  }
}

function unknownPatient(nhsNumber: string): KnownPatient {
  return {
    nhsNumber,
    version: 0,
    stale: true,
    readOnly: false,
    owned: false,
    gender: '',
    won: new Set(),
    telecom: null,
    address: null,
    pharmacy: -1,
    trace: null,
  };
}
