/** The Composition of an upload: a final GP summary with an id, a date and sections. */
import type { CodeableConcept, Composition } from 'fhir/r4';
import { SNOMED, UUID_SYSTEM, firstCoding, shown } from './upload-bundle.ts';

const GP_SUMMARY = { name: 'type', code: '196981000000101', display: 'General Practice Summary' } as const;
const DOCUMENTATION = {
  name: 'category',
  code: '163171000000105',
  display: 'Care Professional Documentation',
} as const;

export function compositionFault(composition: Composition): string | null {
  const { status, type, category } = composition;
  if (status !== 'final') return `Invalid composition.status: ${shown(status)}`;
  return (
    conceptFault(type, GP_SUMMARY) ??
    conceptFault(category?.[0], DOCUMENTATION) ??
    relationFault(composition) ??
    identifierFault(composition) ??
    contentFault(composition)
  );
}

type Expected = typeof GP_SUMMARY | typeof DOCUMENTATION;

function conceptFault(concept: CodeableConcept | undefined, { name, code, display }: Expected): string | null {
  if (concept === undefined) return `Composition.${name} element is missing`;
  const coding = firstCoding(concept);
  const expected = [
    ['system', SNOMED],
    ['code', code],
    ['display', display],
  ] as const;
  const wrong = expected.find(([part, value]) => coding?.[part] !== value);
  return wrong === undefined
    ? null
    : `Composition.${name}.coding.${wrong[0]} not supported: ${shown(coding?.[wrong[0]])}`;
}

function relationFault({ relatesTo }: Composition): string | null {
  const relation = relatesTo?.[0];
  if (relation === undefined) return null;
  if (relation.code !== 'replaces') return `Unsupported Composition.relatesTo.code element: ${shown(relation.code)}`;
  return relation.targetIdentifier?.value === undefined
    ? 'Composition.relatesTo.targetIdentifier.value element is missing'
    : null;
}

function identifierFault({ identifier }: Composition): string | null {
  if (identifier?.system !== UUID_SYSTEM) return `Missing Composition.identifier for system: ${UUID_SYSTEM}`;
  return identifier.value === undefined ? 'Missing Composition.identifier.value element' : null;
}

function contentFault({ date, section }: Composition): string | null {
  if (date === undefined) return 'Composition Date Element missing from payload';
  return section === undefined || section.length === 0 ? 'Missing mandatory Composition.section' : null;
}
