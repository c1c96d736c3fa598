/** Information beyond the core summary: its presence is noted in an entry that is kept beside the upload. */
import type { Communication } from 'fhir/r4';
import type { XhtmlNode } from '../../../fhir/xhtml.ts';
import type { Section } from './rebuild-sections.ts';

const HEADERS = new Set(
  'Procedures Events Documentation Observations Diagnoses History Results Investigations Lifestyle PatientCarerCorrespondence Preferences Problems Advice RisksToPatient Circumstances Treatments RisksToProfessional Services'
    .split(' ')
    .map((name) => `${name}Header`),
);

/** What every summary says of itself is no additional information. */
const FRAME = new Set([
  'Disclaimer',
  'CreateTime',
  'WithheldCREItemsHeaderStatement',
  'WithheldCREItemsStatement',
  'Author',
  'Practice',
  'SendTime',
]);

const isFrame = (node: XhtmlNode): boolean =>
  typeof node !== 'string' && node.attributes.some(([name, value]) => name === 'id' && FRAME.has(value));

/** The entry, or null where there is only the core. */
export function additionalInformation(sections: readonly Section[], eventId: string): Communication | null {
  const found = sections.filter(({ content, id }) => HEADERS.has(id) && content.some((node) => !isFrame(node)));
  if (found.length === 0) return null;
  const note = [
    'Additional information records have been found under the following types:',
    ...found.map(({ title }) => title),
  ];
  const coding = (code: string, display: string) => ({ coding: [{ system: 'http://snomed.info/sct', code, display }] });
  return {
    resourceType: 'Communication',
    // Follows from the summary, so that the same upload gives the same bytes.
    id: `additional-information-${eventId}`,
    status: 'completed',
    category: [coding('163191000000109', 'Third Party Correspondence')],
    topic: coding('263536004', 'Communication'),
    note: [{ text: note.join('\n') }],
  };
}
