/** The kinds of national flags, and how each is named in a query and in an event. */
import type { CodeableConcept } from 'fhir/r4';

export const CATEGORY_SYSTEM = 'https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient';

export const FLAG_CODES = {
  'national-reasonable-adjustment-flag': { short: 'NRAF', display: 'National Reasonable Adjustments Flag' },
  'female-genital-mutilation-flag': { short: 'FGM', display: 'Female Genital Mutilation Flag' },
  'child-protection-information-sharing-flag': {
    short: 'CPIS',
    display: 'Child Protection - Information Sharing Flag',
  },
} as const;

export type FlagCode = keyof typeof FLAG_CODES;

export const REASONABLE_ADJUSTMENT = 'national-reasonable-adjustment-flag';
export const FEMALE_GENITAL_MUTILATION = 'female-genital-mutilation-flag';
export const CHILD_PROTECTION = 'child-protection-information-sharing-flag';

const isFlagCode = (code: string): code is FlagCode => Object.hasOwn(FLAG_CODES, code);

/** The code a client means by its full or its short name; null: none. */
export function flagCode(name: string): FlagCode | null {
  if (isFlagCode(name)) return name;
  const found = Object.entries(FLAG_CODES).find(([, { short }]) => short === name);
  return found === undefined ? null : (found[0] as FlagCode);
}

/** The flag that one of these concepts names, whatever else they say. */
export function codeIn(concepts: readonly (CodeableConcept | undefined)[]): FlagCode | null {
  const codings = concepts.flatMap((concept) => concept?.coding ?? []);
  const named = codings.find(({ system }) => system === CATEGORY_SYSTEM);
  return named?.code === undefined ? null : flagCode(named.code);
}
