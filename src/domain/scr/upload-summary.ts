/** POST /Bundle: from what was sent to the command that stores it, with the live order of checks. */
import type { Bundle, FhirResource } from 'fhir/r4';
import { resourceFault } from '../../fhir/strict-resource.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import type { UploadSummary } from './commands.ts';
import { BAD_NHS_NUMBER, invalid } from './refusals.ts';
import type { ScrRefusal } from './refusals.ts';
import { additionalInformation } from './upload/additional-information.ts';
import { authorFault } from './upload/check-author.ts';
import { compositionFault } from './upload/check-composition.ts';
import { bundleFault, onlyOne } from './upload/check-document.ts';
import { entriesFault } from './upload/check-entries.ts';
import { nhsNumberOf, patientFault } from './upload/check-patient.ts';
import { rebuildSections } from './upload/rebuild-sections.ts';
import { servedEntries } from './upload/served-entries.ts';
import { UploadBundle } from './upload/upload-bundle.ts';

export interface ReadUpload {
  readonly kind: 'upload';
  readonly nhsNumber: string;
  readonly command: UploadSummary;
}

/** `body` is parsed JSON, nothing of it trusted yet. */
export function readUpload(body: unknown): ReadUpload | ScrRefusal {
  const malformed = resourceFault(body, 'Bundle');
  if (malformed !== null) return invalid(malformed);
  // Safe: the strict reading above is what makes it one.
  const upload = new UploadBundle(body as Bundle<FhirResource>);
  const frame = bundleFault(upload);
  if (frame !== null) return invalid(frame);
  const composition = onlyOne(upload, 'Composition');
  if (typeof composition === 'string') return invalid(composition);
  const patient = onlyOne(upload, 'Patient');
  if (typeof patient === 'string') return invalid(patient);
  const fault =
    authorFault(upload, composition.author?.[0]) ??
    compositionFault(composition) ??
    entriesFault(upload) ??
    patientFault(upload, patient, composition);
  if (fault !== null) return invalid(fault);
  const sections = rebuildSections(composition.section ?? []);
  if (typeof sections === 'string') return invalid(sections);
  const nhsNumber = nhsNumberOf(patient);
  if (!isNhsNumber(nhsNumber)) return BAD_NHS_NUMBER;
  const eventId = (composition.identifier?.value ?? '').toUpperCase();
  const served = servedEntries(upload, { composition, patient, sections, eventId });
  const additional = additionalInformation(sections, eventId);
  const replaces = composition.relatesTo?.[0]?.targetIdentifier?.value;
  return {
    kind: 'upload',
    nhsNumber,
    command: {
      name: 'upload-summary',
      eventId,
      ...(replaces === undefined ? {} : { replaces }),
      total: served.resources.length,
      entries: JSON.stringify(served.resources.map(entryOf)),
      kept: JSON.stringify(additional === null ? served.kept : [...served.kept, additional]),
    },
  };
}

/** `{base}` is filled in by the route: only there the public address is known. */
export const BASE = '"fullUrl":"{base}/';

const entryOf = (resource: { readonly resourceType: string; readonly id?: string | undefined }) => ({
  fullUrl: `{base}/${resource.resourceType}/${resource.id ?? ''}`,
  resource,
});
