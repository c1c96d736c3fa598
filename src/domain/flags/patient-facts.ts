/** What the demographics beside the flags say, read without knowing their rules. */
import { missing, refuse } from './refusals.ts';
import type { FlagsRefusal } from './refusals.ts';

export interface PatientFacts {
  readonly supersededBy?: string;
  readonly birthDate?: string;
  readonly deceased: boolean;
}

/** A refusal where there is nobody to be flagged. */
export function patientFacts(demographics: unknown): PatientFacts | FlagsRefusal {
  const nobody = refuse('RESOURCE_NOT_FOUND', 'No patient has this NHS number');
  if (typeof demographics !== 'object' || demographics === null) return nobody;
  const { annex = {}, resource = {} } = demographics as {
    annex?: { status?: string; supersededBy?: string };
    resource?: { birthDate?: string; deceasedDateTime?: string };
  };
  if (annex.status === 'invalidated') return nobody;
  return {
    ...(annex.supersededBy === undefined ? {} : { supersededBy: annex.supersededBy }),
    ...(resource.birthDate === undefined ? {} : { birthDate: resource.birthDate }),
    deceased: resource.deceasedDateTime !== undefined,
  };
}

const ADULT = 18;

/** The day of the eighteenth birthday counts as adult. A part of a date is taken at its earliest. */
export function adultFault(birthDate: string | undefined, today: string): FlagsRefusal | null {
  if (birthDate === undefined) return missing('Patient/birthDate');
  const day = birthDate.padEnd(10, '-01-01'.slice(birthDate.length - 4));
  const birthday = String(Number(day.slice(0, 4)) + ADULT).padStart(4, '0') + day.slice(4);
  return birthday <= today ? refuse('FORBIDDEN_UPDATE', 'This flag is for girls under 18') : null;
}
