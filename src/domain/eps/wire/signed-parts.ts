/** Names, addresses, telephones and organisation ids, as they stand in what is signed. */
import { element, text } from './canonical-xml.ts';
import type { Reading } from './issues.ts';
import { objectsIn, textIn, textsIn } from './json.ts';
import type { Json } from './json.ts';

const ODS_ROOT = '1.2.826.0.1285.0.1.10';
export const MESSAGE_CODES = '2.16.840.1.113883.2.1.3.2.4.17.30';

const NAME_USES: ReadonlyMap<string, string> = new Map([
  ['usual', 'L'],
  ['official', 'L'],
  ['temp', 'A'],
  ['anonymous', 'A'],
  ['nickname', 'PREFERRED'],
  ['old', 'PREVIOUS'],
  ['maiden', 'PREVIOUS-MAIDEN'],
]);
const TELECOM_USES: ReadonlyMap<string, string> = new Map([
  ['home', 'HP'],
  ['work', 'WP'],
  ['temp', 'HV'],
  ['mobile', 'MC'],
]);
const ADDRESS_USES: ReadonlyMap<string, string> = new Map([
  ['home', 'H'],
  ['work', 'WP'],
  ['temp', 'TMP'],
  ['billing', 'PST'],
]);
const GENDERS: ReadonlyMap<string, string> = new Map([
  ['male', '1'],
  ['female', '2'],
  ['other', '9'],
  ['unknown', '0'],
]);

/** A value in a text: whatever was sent there. */
const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'));

interface Coded {
  readonly codes: ReadonlyMap<string, string>;
  readonly what: string;
  readonly path: string;
}

function coded(value: unknown, { codes, what, path }: Coded, reading: Reading): string {
  const code = codes.get(textIn(value));
  if (code === undefined) reading.refuse('INVALID_VALUE', `Unhandled ${what} '${shown(value)}'.`, path);
  return code ?? '';
}

/** No use, no attribute. */
const useOf = (value: unknown, kind: Coded, reading: Reading): string | undefined =>
  value === undefined || value === '' ? undefined : coded(value, kind, reading);

export function name(human: Json, path: string, reading: Reading): string {
  const kind = { codes: NAME_USES, what: 'name use', path: `${path}.use` };
  const parts = (tag: string, values: readonly string[]) => values.map((value) => element(tag, {}, text(value)));
  const family = textIn(human['family']);
  const structured = [
    ...parts('prefix', textsIn(human['prefix'])),
    ...parts('given', textsIn(human['given'])),
    ...parts('family', family === '' ? [] : [family]),
    ...parts('suffix', textsIn(human['suffix'])),
  ];
  const content = structured.length === 0 ? [text(textIn(human['text']))] : structured;
  return element('name', { use: useOf(human['use'], kind, reading) }, ...content);
}

export function telecom(point: Json, path: string, reading: Reading): string {
  const kind = { codes: TELECOM_USES, what: 'telecom use', path: `${path}.use` };
  const plain = textIn(point['value']).replace(/\s/g, '');
  const value = plain === '' || plain.startsWith('tel:') ? plain : `tel:${plain}`;
  return element('telecom', { use: useOf(point['use'], kind, reading), value: value === '' ? undefined : value });
}

export function address(place: Json, path: string, reading: Reading): string {
  const kind = { codes: ADDRESS_USES, what: 'address use', path: `${path}.use` };
  const lines = [...textsIn(place['line']), ...['city', 'district', 'state'].map((part) => textIn(place[part]))];
  const postalCode = textIn(place['postalCode']);
  return element(
    'addr',
    { use: useOf(place['use'], kind, reading) },
    ...lines.filter((line) => line !== '').map((line) => element('streetAddressLine', {}, text(line))),
    postalCode === '' ? '' : element('postalCode', {}, text(postalCode)),
  );
}

export const genderCode = (gender: unknown, reading: Reading): string =>
  coded(gender, { codes: GENDERS, what: 'gender', path: 'Patient.gender' }, reading);

export const odsId = (code: string): string => element('id', { extension: code, root: ODS_ROOT });

export interface IdentifierPlace {
  readonly system: string;
  readonly path: string;
}

/** The value of the one identifier of a system. */
export function requiredIdentifier(identifiers: unknown, place: IdentifierPlace, reading: Reading): string {
  const { system, path } = place;
  if (!Array.isArray(identifiers)) {
    reading.refuse('INVALID_VALUE', 'Required field missing.', path);
    return '';
  }
  const found = objectsIn(identifiers).filter((identifier) => identifier['system'] === system);
  return textIn(reading.only(found, path, `system == '${system}'`)?.['value']);
}

export function optionalIdentifier(identifiers: unknown, place: IdentifierPlace, reading: Reading): string {
  const { system, path } = place;
  const found = objectsIn(identifiers).filter((identifier) => identifier['system'] === system);
  return textIn(reading.atMostOne(found, path, `system == '${system}'`)?.['value']);
}

/** A day as it is signed: digits alone. */
export function dayDigits(day: unknown, path: string, reading: Reading): string {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(textIn(day));
  if (parts === null) reading.refuse('INVALID_VALUE', `Incorrect format for date string '${shown(day)}'.`, path);
  return parts === null ? '' : `${parts[1] ?? ''}${parts[2] ?? '01'}${parts[3] ?? '01'}`;
}
