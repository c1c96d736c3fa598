/** Code systems of the Patient's extensions: which codes may be written and the display the wire shows with each. */
import type { JsonObject } from './json.ts';

export interface CodeSystem {
  readonly system: string;
  readonly version?: string;
  readonly codes: Readonly<Record<string, string>>;
}

export const DEATH_NOTIFICATION_STATUS: CodeSystem = {
  system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus',
  version: '1.0.0',
  codes: {
    1: 'Informal - death notice received via an update from a local NHS Organisation such as GP or Trust',
    2: 'Formal - death notice received from Registrar of Deaths',
    U: 'Removed',
  },
};

export const WRITTEN_FORMAT: CodeSystem = {
  system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-PreferredWrittenCommunicationFormat',
  codes: { 11: 'Large print', 12: 'Braille', 13: 'Audio tape' },
};

export const CONTACT_METHOD: CodeSystem = {
  system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-PreferredContactMethod',
  codes: {
    1: 'Letter',
    2: 'Visit',
    3: 'Telephone',
    4: 'E-mail',
    5: 'Minicom (Textphone)',
    6: 'Telephone contact via proxy',
    7: 'Sign language',
    8: 'No Telephone contact',
  },
};

/** The coding as PDS serves it; the code must be one of the system. */
export function codingOf({ system, version, codes }: CodeSystem, code: string): JsonObject {
  const display = codes[code] ?? code;
  return version === undefined ? { system, code, display } : { system, version, code, display };
}
