/** The single changes a clinic makes, in the API's own form: JSON Patch operations that name the object's id. */
import { randomInt } from 'node:crypto';
import { pick, type Random } from '../random.ts';
import type { KnownPatient } from './patient-book.ts';
import { NOMINATED_PHARMACY } from './patient-reading.ts';

export type ChangeKind = 'telecom' | 'address' | 'gender' | 'pharmacy';

export type ChangeShares = readonly (readonly [ChangeKind, number])[];

/** Shares of a hundred; a kind the record has no place for becomes another. */
export const CHANGE_SHARES: ChangeShares = [
  ['telecom', 40],
  ['address', 30],
  ['pharmacy', 20],
  ['gender', 10],
];

export interface Change {
  readonly kind: ChangeKind;
  /** The request body, ASCII. */
  readonly body: string;
  /** The reply has to be read again: places may have moved. */
  readonly relearn: boolean;
}

interface Operation {
  readonly op: 'replace' | 'add';
  readonly path: string;
  readonly value: unknown;
}

const STREETS = ['High Street', 'Station Road', 'Church Lane', 'Mill Road', 'Park Avenue', 'Victoria Road'];
const POSTCODES = ['LS1 4BU', 'DN17 4AA', 'M1 1AE', 'B33 8TH', 'CR2 6XH', 'EX4 3SR', 'NE1 4LP', 'BS1 5TR'];
const GENDERS = ['male', 'female', 'unknown'];

/** Changes that stay changes whatever rivals did meanwhile: their values are new each time. */
export const RIVAL_CHANGE_SHARES: ChangeShares = [
  ['telecom', 60],
  ['address', 40],
];

export function changeOf(patient: KnownPatient, random: Random, shares: ChangeShares = CHANGE_SHARES): Change {
  const kind = possible(patient, chosenKind(random, shares));
  const body = bodyOf(OPERATIONS[kind](patient, random));
  return { kind, body, relearn: kind === 'pharmacy' && patient.pharmacy === -1 };
}

function bodyOf(patches: readonly Operation[]): string {
  return JSON.stringify({ patches }).replaceAll(/[\u0080-\uffff]/g, escaped);
}

const OPERATIONS: Record<ChangeKind, (patient: KnownPatient, random: Random) => readonly Operation[]> = {
  telecom({ telecom }) {
    if (telecom === null) return [];
    const path = `/telecom/${telecom.index}`;
    return [replace(`${path}/id`, telecom.id), replace(`${path}/value`, `01632${freshDigits()}`)];
  },
  address({ address }, random) {
    if (address === null) return [];
    const path = `/address/${address.index}`;
    return [
      replace(`${path}/id`, address.id),
      replace(`${path}/line/0`, `${Number(freshDigits())} ${pick(random, STREETS)}`),
      replace(`${path}/postalCode`, pick(random, POSTCODES)),
    ];
  },
  gender(patient, random) {
    const others = GENDERS.filter((gender) => gender !== patient.gender);
    return [replace('/gender', pick(random, others))];
  },
  pharmacy(patient) {
    const identifier = { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: `FX${freshDigits()}` };
    const value = { url: NOMINATED_PHARMACY, valueReference: { identifier } };
    if (patient.pharmacy === -1) return [{ op: 'add', path: '/extension/-', value }];
    return [replace(`/extension/${patient.pharmacy}`, value)];
  },
};

/** What our own record of the patient becomes once the change is acknowledged. */
export function applyToBook(patient: KnownPatient, change: Change): void {
  if (change.kind !== 'gender') return;
  patient.gender = GENDERS.find((gender) => change.body.includes(`"${gender}"`)) ?? patient.gender;
}

function chosenKind(random: Random, shares: ChangeShares): ChangeKind {
  let rest = random.below(100);
  for (const [kind, share] of shares) {
    if (rest < share) return kind;
    rest -= share;
  }
  return 'gender';
}

function possible(patient: KnownPatient, kind: ChangeKind): ChangeKind {
  if (kind === 'telecom' && patient.telecom === null) return patient.address === null ? 'gender' : 'address';
  if (kind === 'address' && patient.address === null) return patient.telecom === null ? 'gender' : 'telecom';
  return kind;
}

function replace(path: string, value: unknown): Operation {
  return { op: 'replace', path, value };
}

const FRESH_VALUES = 1_000_000;
let fresh = randomInt(FRESH_VALUES);

/** Not by seed: a second run on the same records would write what is there already, and be told that nothing changed. */
function freshDigits(): string {
  fresh = (fresh + 1) % FRESH_VALUES;
  return String(fresh).padStart(6, '0');
}

/** The body goes out as one byte a character, so everything else is escaped as JSON allows. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
