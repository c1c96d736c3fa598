/** Former and hidden values travel as JSON inside one extension each, for FHIR has no element for them. */
import type { DemographicsHistory } from './demographics-state.ts';
import { isObject } from './shape.ts';

export const FORMER_VALUES = 'urn:edge-spine:demographics-history';
export const HIDDEN_VALUES = 'urn:edge-spine:demographics-hidden';
export const CONSENT_VALUE_PART = 'consentValue';

const members = new Set(['name', 'address', 'telecom', 'gender', 'birthDate']);

/** A string is the reason why the text cannot be read. */
export function readHistory(text: string | undefined): DemographicsHistory | string {
  let values: unknown;
  try {
    values = JSON.parse(text ?? '');
  } catch {
    return 'valueString is not JSON';
  }
  if (!isObject(values)) return 'valueString is not a JSON object';
  for (const [member, items] of Object.entries(values)) {
    if (!members.has(member)) return `'${member}' is not a member`;
    if (!Array.isArray(items)) return `'${member}' is not a list`;
  }
  return values;
}
