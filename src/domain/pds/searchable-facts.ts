/** What searches look at in a record, taken from its state, or (in part) from its document in the national index. */
import type { Address, ContactPoint, HumanName } from 'fhir/r4';
import type { Demographics } from './demographics-state.ts';

export interface SearchName {
  readonly family: string;
  readonly given: readonly string[];
}

/** Facts that the national index does not hold; only the record itself can be asked about them. */
export interface SearchDetails {
  readonly phones: readonly string[];
  readonly emails: readonly string[];
  readonly formerPhones: readonly string[];
  readonly formerEmails: readonly string[];
  readonly practitioners: readonly string[];
  readonly managingOrganizations: readonly string[];
  /** `yyyy`, `yyyy-mm` or `yyyy-mm-dd`; '' when not recorded as dead. */
  readonly deathDate: string;
}

export interface SearchableFacts {
  readonly names: readonly SearchName[];
  readonly formerNames: readonly SearchName[];
  readonly gender: string;
  readonly formerGenders: readonly string[];
  /** As stored: `yyyy`, `yyyy-mm` or `yyyy-mm-dd`. */
  readonly birthDate: string;
  readonly postcodes: readonly string[];
  readonly formerPostcodes: readonly string[];
  /** '', 'R' or 'V'. */
  readonly confidentiality: string;
  /** null: not known here, so nothing may be ruled out by it. */
  readonly details: SearchDetails | null;
}

const SEARCHED_NAME_USES: ReadonlySet<string> = new Set(['usual', 'nickname', 'temp']);

/** null for a record that no search may find: merged away, invalidated, or without a birth date. */
export function searchableFacts({ resource, annex }: Demographics): SearchableFacts | null {
  if (annex.status !== undefined || annex.confidentiality === 'REDACTED') return null;
  if (resource.birthDate === undefined) return null;
  const names = resource.name ?? [];
  const searched = names.filter((name) => name.use === undefined || SEARCHED_NAME_USES.has(name.use));
  const former = [...names.filter((name) => !searched.includes(name)), ...(annex.history?.name ?? [])];
  const addresses = resource.address ?? [];
  const known = addresses.filter((address) => address.use !== 'old');
  const left = [...addresses.filter((address) => address.use === 'old'), ...(annex.history?.address ?? [])];
  const usual = searched.find((name) => name.use === 'usual') ?? searched[0];
  return {
    names: searched.map((name) => searchName(name, usual)),
    formerNames: former.map((name) => searchName(name, usual)),
    gender: resource.gender ?? '',
    formerGenders: annex.history?.gender ?? [],
    birthDate: resource.birthDate,
    postcodes: postcodesOf(known),
    formerPostcodes: postcodesOf(left),
    confidentiality: annex.confidentiality ?? '',
    details: searchDetails({ resource, annex }),
  };
}

/** A nickname is often stored without the family name (or a temporary name without given ones): the usual fills in. */
function searchName(name: HumanName, usual: HumanName | undefined): SearchName {
  return { family: name.family ?? usual?.family ?? '', given: name.given ?? usual?.given ?? [] };
}

function postcodesOf(addresses: readonly Address[]): string[] {
  return [...new Set(addresses.flatMap(({ postalCode }) => (postalCode ? [postalCode] : [])))];
}

function searchDetails({ resource, annex }: Demographics): SearchDetails {
  const telecoms = [
    ...(resource.telecom ?? []),
    ...(resource.contact ?? []).flatMap((contact) => contact.telecom ?? []),
  ];
  const current = telecoms.filter((telecom) => telecom.use !== 'old');
  const former = [...telecoms.filter((telecom) => telecom.use === 'old'), ...(annex.history?.telecom ?? [])];
  const organization = resource.managingOrganization?.identifier?.value;
  return {
    phones: valuesOf(current, false),
    emails: valuesOf(current, true),
    formerPhones: valuesOf(former, false),
    formerEmails: valuesOf(former, true),
    practitioners: (resource.generalPractitioner ?? []).flatMap(({ identifier }) => identifier?.value ?? []),
    managingOrganizations: organization === undefined ? [] : [organization],
    deathDate: resource.deceasedDateTime?.slice(0, 10) ?? '',
  };
}

function valuesOf(telecoms: readonly ContactPoint[], email: boolean): string[] {
  return telecoms.flatMap(({ system, value }) => ((system === 'email') === email && value ? [value] : []));
}

type PackedName = readonly [family: string, ...given: string[]];

/** One letter per member and nothing for what is empty: a hundred million of these are kept. */
interface PackedFacts {
  readonly n: readonly PackedName[];
  readonly o?: readonly PackedName[];
  readonly g?: string;
  readonly q?: readonly string[];
  readonly b: string;
  readonly p?: readonly string[];
  readonly l?: readonly string[];
  readonly r?: string;
}

/** The part of the facts that the national index keeps beside the tokens. */
export function packFacts(facts: SearchableFacts): string {
  const packed: PackedFacts = {
    n: facts.names.map(packName),
    ...(facts.formerNames.length > 0 && { o: facts.formerNames.map(packName) }),
    ...(facts.gender !== '' && { g: facts.gender }),
    ...(facts.formerGenders.length > 0 && { q: facts.formerGenders }),
    b: facts.birthDate,
    ...(facts.postcodes.length > 0 && { p: facts.postcodes }),
    ...(facts.formerPostcodes.length > 0 && { l: facts.formerPostcodes }),
    ...(facts.confidentiality !== '' && { r: facts.confidentiality }),
  };
  return JSON.stringify(packed);
}

export function unpackFacts(document: string): SearchableFacts {
  // The only writer of these documents is packFacts.
  const packed = JSON.parse(document) as PackedFacts;
  return {
    names: packed.n.map(unpackName),
    formerNames: (packed.o ?? []).map(unpackName),
    gender: packed.g ?? '',
    formerGenders: packed.q ?? [],
    birthDate: packed.b,
    postcodes: packed.p ?? [],
    formerPostcodes: packed.l ?? [],
    confidentiality: packed.r ?? '',
    details: null,
  };
}

function packName({ family, given }: SearchName): PackedName {
  return [family, ...given];
}

function unpackName([family, ...given]: PackedName): SearchName {
  return { family, given };
}
