/** GET /Patient/{nhs number}: mostly the stored text as it is; redacted or enriched where the annex says more. */
import type { RecordView, View, ViewContext } from '../../engine/record-kind.ts';
import { isPlain } from './annex-text.ts';
import type { Demographics } from './demographics-state.ts';
import { seenBy } from './entitlements.ts';
import { identityOf } from './match-identity.ts';
import { notServed, refuseForeignRecord } from './record-access.ts';
import { refuse } from './refusals.ts';

export function viewPatient(record: RecordView<Demographics> | null, context: ViewContext): View {
  const refused = refuseForeignRecord(context.agent, context.key);
  if (refused !== null) return refused;
  if (record === null) return refuse('RESOURCE_NOT_FOUND');
  // Nothing that concerns readers: no right can add to the body and no restriction takes from it.
  if (isPlain(record.annex)) return { kind: 'found', body: record.body };
  const state = record.state();
  const elsewhere = notServed(state.annex);
  if (elsewhere !== null) return elsewhere;
  const seen = seenBy(context.agent, state);
  return { kind: 'found', body: seen === state.resource ? record.body : JSON.stringify(seen) };
}

/** The confidentiality code alone, for other patients' related persons who refer to this one. */
export function viewConfidentiality(record: RecordView<Demographics> | null): View {
  if (record === null) return refuse('RESOURCE_NOT_FOUND');
  if (isPlain(record.annex)) return { kind: 'found', body: 'U' };
  const { annex } = record.state();
  return notServed(annex) ?? { kind: 'found', body: annex.confidentiality ?? 'U' };
}

/** Only an active record can be the person who is to be registered. */
export function viewIdentity(record: RecordView<Demographics> | null): View {
  const state = record?.state();
  if (state === undefined || state.annex.status !== undefined) return refuse('RESOURCE_NOT_FOUND');
  return { kind: 'found', body: JSON.stringify(identityOf(state.resource, state.annex.birth?.mother)) };
}
