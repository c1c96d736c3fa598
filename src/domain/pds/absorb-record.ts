/** What a surviving record becomes when another record of the same person is merged into it. */
import type { Extension } from 'fhir/r4';
import { MEDICAL_APPLIANCE_SUPPLIER, NOMINATED_PHARMACY, PREFERRED_DISPENSER } from '../../fhir/pds-extensions.ts';
import type { Demographics, DemographicsAnnex, DemographicsHistory, PdsPatient } from './demographics-state.ts';
import { findable, mergedValues, missingFrom } from './patch/history.ts';
import type { Json } from './patch/json.ts';
import { security } from './patient-parts.ts';
import { withExtensions } from './redaction.ts';

/** In the order in which PDS lists them, before all other extensions. */
const NOMINATIONS = [NOMINATED_PHARMACY, PREFERRED_DISPENSER, MEDICAL_APPLIANCE_SUPPLIER];

export function absorbed(survivor: Demographics, former: Demographics, version: number): Demographics {
  const confidentiality = stricter(survivor.annex.confidentiality, former.annex.confidentiality);
  const patient = withNominations(survivor.resource, former.resource);
  const meta = { ...patient.meta, versionId: String(version) };
  if (confidentiality !== survivor.annex.confidentiality) meta.security = [security(confidentiality ?? 'U')];
  return { resource: { ...patient, meta }, annex: annexOf(survivor, former, confidentiality) };
}

type Confidentiality = DemographicsAnnex['confidentiality'];

/** Whom one of the records protected, the merged one protects. */
function stricter(one: Confidentiality, other: Confidentiality): Confidentiality {
  const rank = (code: Confidentiality): number => ['R', 'V', 'REDACTED'].indexOf(code ?? '');
  return rank(other) > rank(one) ? other : one;
}

/** A nomination moves where the survivor has none of its kind. */
function withNominations(survivor: PdsPatient, former: PdsPatient): PdsPatient {
  const own = survivor.extension ?? [];
  const nominated = ({ url }: Extension): boolean => NOMINATIONS.includes(url);
  const moved = (former.extension ?? []).filter(
    (item) => nominated(item) && !own.some((other) => other.url === item.url),
  );
  if (moved.length === 0) return survivor;
  const nominations = [...own.filter(nominated), ...moved];
  nominations.sort((a, b) => NOMINATIONS.indexOf(a.url) - NOMINATIONS.indexOf(b.url));
  return withExtensions(survivor, [...nominations, ...own.filter((item) => !nominated(item))]);
}

function annexOf(survivor: Demographics, former: Demographics, confidentiality: Confidentiality): DemographicsAnnex {
  const { annex } = survivor;
  const history = historyOf(survivor, former);
  const coverage = annex.coverage ?? former.annex.coverage;
  const hiddenCoverage = annex.hiddenCoverage ?? former.annex.hiddenCoverage;
  const isCovered = annex.coverage !== undefined || annex.hiddenCoverage !== undefined;
  const consent = annex.consent ?? former.annex.consent;
  return {
    ...annex,
    ...(confidentiality === undefined ? {} : { confidentiality }),
    ...(history === undefined ? {} : { history }),
    ...(isCovered || coverage === undefined ? {} : { coverage }),
    ...(isCovered || hiddenCoverage === undefined ? {} : { hiddenCoverage }),
    ...(consent === undefined ? {} : { consent }),
    mergeDepth: Math.max(annex.mergeDepth ?? 0, (former.annex.mergeDepth ?? 0) + 1),
  };
}

/** Searches over former values find the person by what only the superseded record knew. */
function historyOf(survivor: Demographics, former: Demographics): DemographicsHistory | undefined {
  const history: Record<string, readonly Json[]> = {};
  for (const field of ['name', 'address', 'telecom', 'gender', 'birthDate'] as const) {
    const own = valuesOf(survivor.annex.history?.[field]);
    const known = findable(field, [...own, ...valuesOf(survivor.resource[field])]);
    const brought = findable(field, [...valuesOf(former.annex.history?.[field]), ...valuesOf(former.resource[field])]);
    const kept = mergedValues(field, own, missingFrom(brought, known));
    if (kept.length > 0) history[field] = kept;
  }
  // narrow border: history is stored as FHIR data types, the comparison works on plain JSON
  return Object.keys(history).length === 0 ? undefined : (history as unknown as DemographicsHistory);
}

/** A single value counts as a list of one. */
function valuesOf(value: unknown): readonly Json[] {
  if (value === undefined) return [];
  // narrow border: both are parts of a stored resource
  return (Array.isArray(value) ? value : [value]) as readonly Json[];
}
