/** One record as an entry of a search result: fewer elements than a retrieval, and the score it matched with. */
import type { RecordView, View, ViewContext } from '../../engine/record-kind.ts';
import { DEATH_NOTIFICATION } from '../../fhir/pds-extensions.ts';
import type { MatchPatient } from './commands.ts';
import type { Demographics, PdsPatient } from './demographics-state.ts';
import { withEmptyAddressLines } from './entitlements.ts';
import { matchPatient } from './match-patient.ts';
import { redact } from './redaction.ts';
import { refuse } from './refusals.ts';

const noMatch: View = refuse('RESOURCE_NOT_FOUND');

/** A refusal means: not a result. The index that proposed the record may lag behind it. */
export function viewSearchEntry(
  record: RecordView<Demographics> | null,
  query: MatchPatient,
  context: ViewContext,
): View {
  if (record === null) return noMatch;
  const state = record.state();
  const score = matchPatient(state, query.criteria);
  if (score === null) return noMatch;
  const complete = withEmptyAddressLines(state.resource, state.annex, context.agent);
  const seen = redact(projected(complete), state.annex.confidentiality);
  return { kind: 'found', body: JSON.stringify(seen), attributes: { score: String(score) } };
}

const shownElements = new Set([
  'resourceType',
  'id',
  'identifier',
  'meta',
  'name',
  'gender',
  'birthDate',
  'multipleBirthInteger',
  'deceasedDateTime',
  'address',
  'telecom',
  'contact',
  'generalPractitioner',
  'extension',
]);
const shownNameUses = new Set(['usual', 'nickname', 'temp']);

/** Member order stays that of the stored resource. */
export function projected(patient: PdsPatient): PdsPatient {
  const narrowed: Readonly<Record<string, readonly unknown[] | undefined>> = {
    name: patient.name?.filter((name) => shownNameUses.has(name.use ?? '')),
    address: patient.address?.filter((address) => address.use === 'home'),
    extension: patient.extension?.filter((extension) => extension.url === DEATH_NOTIFICATION),
  };
  const shown = Object.entries(patient).flatMap(([element, value]) => {
    if (!shownElements.has(element)) return [];
    if (!(element in narrowed)) return [[element, value]];
    const items = narrowed[element] ?? [];
    return items.length === 0 ? [] : [[element, items]];
  });
  return Object.fromEntries(shown) as PdsPatient;
}
