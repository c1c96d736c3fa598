/**
 * How FHIR resources given to `import` become stored records: FHIR's own elements where FHIR has one
 * (security label, replaced-by link, version), two extensions of ours where it has none (former and hidden values).
 */
import type { Extension } from 'fhir/r4';
import { isDateTime, isPartialDate } from '../../fhir/dates.ts';
import { RECORD_SHARING_CONSENT, REMOVAL_FROM_REGISTRATION } from '../../fhir/pds-extensions.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { dropBlankLines } from './address-lines.ts';
import { demographics } from './demographics.ts';
import type { Demographics, DemographicsAnnex, DemographicsHistory, PdsPatient } from './demographics-state.ts';
import { CONSENT_VALUE_PART, FORMER_VALUES, HIDDEN_VALUES, readHistory } from './import-history.ts';
import { withItemIds } from './item-ids.ts';
import { isConfidentialityCode, nhsNumberIdentifier, security } from './patient-parts.ts';
import { isConfidentialReason, masked } from './removal-reason.ts';
import { withExtensions } from './redaction.ts';
import { isObject } from './shape.ts';

export interface ImportedRecord {
  readonly kind: string;
  readonly key: string;
  readonly version: number;
  readonly body: string;
  readonly annex: string;
}

/** A string is the reason why the resource cannot be stored. */
export function importPatient(resource: unknown): ImportedRecord | string {
  if (!isObject(resource) || resource['resourceType'] !== 'Patient') return 'not a Patient';
  const patient = resource as unknown as PdsPatient;
  const key = patient.id ?? patient.identifier?.[0]?.value ?? '';
  if (!isNhsNumber(key)) return `Patient.id '${key}' is not an NHS number`;
  const version = versionOf(patient);
  if (version === null) return `Patient/${key}: meta.versionId is not a positive whole number`;
  const state = storedState(patient, key, version);
  if (typeof state === 'string') return `Patient/${key}: ${state}`;
  return { kind: demographics.name, key, version, ...demographics.encode(state) };
}

/** Version 1 where the resource tells none. */
export function versionOf(resource: {
  readonly meta?: { readonly versionId?: string | undefined } | undefined;
}): number | null {
  const text = resource.meta?.versionId ?? '1';
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

function storedState(patient: PdsPatient, key: string, version: number): Demographics | string {
  const label = patient.meta?.security?.[0]?.code ?? 'U';
  if (!isConfidentialityCode(label)) return `meta.security code '${label}' is not known`;
  const fate = fateOf(patient, label);
  if (typeof fate === 'string') return fate;
  const extensions = readExtensions(patient.extension ?? []);
  if (typeof extensions === 'string') return extensions;
  const served = servedResource(patient, key, extensions.served);
  // Set in place: what is complete keeps its bytes.
  const given = patient.meta?.security;
  const labels = given?.[0]?.display === undefined ? [security(label)] : given;
  const meta = { ...patient.meta, versionId: String(version), security: labels };
  const dates = withoutImpossibleDates({ ...served.resource, meta });
  return {
    resource: dates.resource,
    annex: {
      ...fate,
      ...extensions.annex,
      ...served.annex,
      ...hiddenBirthDate(extensions.annex.hidden, dates.dropped),
    },
  };
}

/** Superseded, invalidated or restricted, as FHIR's own elements tell it. */
function fateOf(patient: PdsPatient, label: string): DemographicsAnnex | string {
  const replacement = patient.link?.find((link) => link.type === 'replaced-by');
  if (replacement !== undefined) {
    const supersededBy =
      replacement.other.identifier?.value ?? replacement.other.reference?.replace(/^.*Patient\//, '') ?? '';
    if (!isNhsNumber(supersededBy)) return `link replaced-by '${supersededBy}' is not an NHS number`;
    return { status: 'superseded', supersededBy };
  }
  if (label === 'REDACTED') return { status: 'invalidated', confidentiality: 'REDACTED' };
  return label === 'R' || label === 'V' ? { confidentiality: label } : {};
}

interface ReadExtensions {
  readonly served: Extension[];
  readonly annex: Pick<DemographicsAnnex, 'removalFromRegistration' | 'consent' | 'history' | 'hidden'>;
}

function readExtensions(extensions: readonly Extension[]): ReadExtensions | string {
  const served: Extension[] = [];
  const annex: {
    removalFromRegistration?: Extension;
    consent?: string;
    history?: DemographicsHistory;
    hidden?: DemographicsHistory;
  } = {};
  for (const extension of extensions) {
    const { url } = extension;
    if (url === FORMER_VALUES || url === HIDDEN_VALUES) {
      const values = readHistory(extension.valueString);
      if (typeof values === 'string') return `${url}: ${values}`;
      annex[url === FORMER_VALUES ? 'history' : 'hidden'] = values;
    } else if (url === RECORD_SHARING_CONSENT) {
      const value = extension.extension?.find((part) => part.url === CONSENT_VALUE_PART);
      const code = value?.valueCodeableConcept?.coding?.[0]?.code;
      if (code !== undefined) annex.consent = code;
    } else if (url === REMOVAL_FROM_REGISTRATION && isConfidentialReason(extension)) {
      annex.removalFromRegistration = extension;
      served.push(masked(extension));
    } else served.push(extension);
  }
  return { served, annex };
}

interface ServedResource {
  readonly resource: PdsPatient;
  readonly annex: Pick<DemographicsAnnex, 'addressLines'>;
}

/** The members in the order given; elements of the import alone and empty ones are gone, list items have ids. */
function servedResource(patient: PdsPatient, key: string, extensions: Extension[]): ServedResource {
  const { active: _active, link: _link, ...rest } = patient;
  const filled = Object.fromEntries(Object.entries(rest).filter(([, value]) => !isAbsent(value)));
  let resource = withItemIds({ ...filled, resourceType: 'Patient', id: key }, key);
  resource = withExtensions(resource, extensions);
  if (resource.identifier === undefined) resource.identifier = [nhsNumberIdentifier(key)];
  if (resource.address === undefined) return { resource, annex: {} };
  const { address, lines } = dropBlankLines(resource.address);
  const annex = Object.keys(lines).length === 0 ? {} : { addressLines: lines };
  return { resource: { ...resource, address }, annex };
}

const isAbsent = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Old records hold dates that no calendar has: they are not served; partial dates are. */
function withoutImpossibleDates(patient: PdsPatient): { resource: PdsPatient; dropped: string | undefined } {
  const resource = { ...patient };
  const { birthDate, deceasedDateTime } = patient;
  const impossible = birthDate !== undefined && !isPartialDate(birthDate);
  if (impossible) delete resource.birthDate;
  if (deceasedDateTime !== undefined && !isDateTime(deceasedDateTime)) delete resource.deceasedDateTime;
  return { resource, dropped: impossible ? birthDate : undefined };
}

function hiddenBirthDate(
  hidden: DemographicsHistory | undefined,
  dropped: string | undefined,
): Pick<DemographicsAnnex, 'hidden'> {
  if (dropped === undefined) return {};
  return { hidden: { ...hidden, birthDate: [...(hidden?.birthDate ?? []), dropped] } };
}
