/** The national event of a change to a patient's flags, as a subscription service will read it out of the change feed. */
import { EVENT_SOURCES } from '../../events/catalogue.ts';
import type { NationalEvent } from '../../events/catalogue.ts';
import { FLAG_CODES } from './flag-codes.ts';
import type { FlagCode } from './flag-codes.ts';

export interface FlagChange {
  readonly nhsNumber: string;
  readonly version: number;
  readonly code: FlagCode;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Address of the patient flags API. */
  readonly base: string;
}

export function flagsChangeEvent({ at, base, code, nhsNumber, version }: FlagChange): NationalEvent {
  const type = 'patientflags-change-1';
  const { short } = FLAG_CODES[code];
  return {
    specversion: '1.0',
    id: `patient-flags/${nhsNumber}/${version}/${type}/${short}`,
    source: EVENT_SOURCES[type],
    type,
    time: new Date(at).toISOString(),
    subject: nhsNumber,
    dataref: `${base}/Flag?patient=${nhsNumber}&code=${short}`,
    filtering: { flagtype: short },
  };
}
