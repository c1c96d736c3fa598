/** What every part of the conformance run works with: the pack, the server, the report, and patients made for one step. */
import type { Patient } from 'fhir/r4';
import { importPatients } from '../../../scripts/import/import-patients.ts';
import { linesOf } from '../../../scripts/import/source-line.ts';
import { nhsNumberCheckDigit } from '../../../src/nhs/nhs-number.ts';
import type { WireOptions } from '../options.ts';
import type { Pack, Seed } from '../pack.ts';
import type { Report } from '../report.ts';
import { WireClient } from '../wire-client.ts';
import type { WireAnswer } from '../wire-client.ts';

/** A patient nobody else uses, so that a step may change it and the run can be repeated. */
export interface Spare {
  readonly nhsNumber: string;
  readonly version: string;
}

export class World {
  readonly pack: Pack;
  readonly client: WireClient;
  readonly report: Report;
  readonly options: WireOptions;
  /** Letters that no earlier run has used: names made of them match nobody. */
  readonly runName: string;
  readonly #version: number;
  #spares = 0;

  constructor(
    options: WireOptions,
    report: Report,
    onAnswer: (method: string, path: string, answer: WireAnswer) => void,
  ) {
    this.options = options;
    this.pack = options.pack;
    this.report = report;
    this.client = new WireClient(options.target, onAnswer);
    this.#version = Math.floor(Date.now() / 1000);
    this.runName = [...String(this.#version)].map((digit) => 'abcdefghij'[Number(digit)] ?? '').join('');
  }

  seed(nhsNumber: string): Seed {
    const found = this.pack.seeds.find((seed) => seed.nhsNumber === nhsNumber);
    if (found === undefined) throw new Error(`the pack has no seed ${nhsNumber}`);
    return found;
  }

  /** A copy of a seed under a number of its own, born on a day that no search of the pack asks for. */
  async spare(of: string, change: (patient: Patient) => Patient = (patient) => patient): Promise<Spare> {
    const { resource } = this.seed(of);
    if (resource === undefined) throw new Error(`the seed ${of} has no resource`);
    const nhsNumber = spareNumber(this.#spares++);
    const version = String(this.#version);
    const identifier = (resource.identifier ?? []).map((one) => ({ ...one, value: nhsNumber }));
    const meta = { ...resource.meta, versionId: version };
    const copy = change({ ...resource, id: nhsNumber, identifier, meta, birthDate: '1911-11-11' });
    const { target, token } = this.options;
    const failures: string[] = [];
    await importPatients(linesOf([[copy]]), {
      target,
      token,
      identity: 'conformance',
      waitForSnapshot: false,
      onFailure: ({ reason }) => failures.push(reason),
    });
    if (failures.length > 0) throw new Error(`the spare patient was refused: ${failures.join('; ')}`);
    return { nhsNumber, version };
  }
}

/** Valid numbers outside the pack and the synthetic population. */
function spareNumber(nth: number): string {
  const valid: string[] = [];
  for (let counter = 0; valid.length <= nth; counter++) {
    const nineDigits = `9876${String(counter).padStart(5, '0')}`;
    const check = nhsNumberCheckDigit(nineDigits);
    if (check !== null) valid.push(`${nineDigits}${check}`);
  }
  return valid[nth] ?? '';
}
