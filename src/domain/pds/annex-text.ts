/** The stored text of what stands beside the patient. Says in its first characters whether any of it concerns a reader. */
import type { DemographicsAnnex } from './demographics-state.ts';

/** Begins the text of an annex that no reader is shown or refused anything by: former values, coverage, how it was born. */
const PLAIN = '{"plain":true,';

/** True where the stored body is what every caller may see: reads need not look further. */
export const isPlain = (text: string): boolean => text === '' || text.startsWith(PLAIN);

/** '' where there is nothing beside the body. */
export function annexText(annex: DemographicsAnnex): string {
  const text = JSON.stringify(annex);
  if (text === '{}') return '';
  return concernsReaders(annex) ? text : PLAIN + text.slice(1);
}

export function annexOf(text: string): DemographicsAnnex {
  if (text === '') return {};
  return JSON.parse(text.startsWith(PLAIN) ? `{${text.slice(PLAIN.length)}` : text) as DemographicsAnnex;
}

/** Whatever `viewPatient` may answer otherwise than with the stored text. */
function concernsReaders(annex: DemographicsAnnex): boolean {
  const { status, confidentiality, removalFromRegistration, consent, addressLines } = annex;
  return [status, confidentiality, removalFromRegistration, consent, addressLines].some((fact) => fact !== undefined);
}
