/** The European health insurance card (EHIC) beside the demographics: at most one, under the patient's own version. */
import type { Coverage } from 'fhir/r4';
import type { Decision, DecisionContext, RecordView, View, ViewContext } from '../../engine/record-kind.ts';
import { countryName } from '../../fhir/countries.ts';
import { dayOf } from '../../fhir/dates.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import type { UpdateCoverage } from './commands.ts';
import { coverageShape } from './coverage-shape.ts';
import type { Demographics } from './demographics-state.ts';
import { notServed, notUpdatable, refuseForeignRecord } from './record-access.ts';
import { invalidValue, refuse, type PdsRefusal } from './refusals.ts';
import { firstFault } from './shape.ts';

/** Null when the body may be put to the subscriber's record; whether the card's end is plausible only the record's clock tells. */
export function checkCoverage(body: unknown): PdsRefusal | null {
  const fault = firstFault(body, coverageShape);
  if (fault !== null) return fault;
  const subscriber = subscriberOf(body as Coverage);
  return isNhsNumber(subscriber) ? null : invalidValue(subscriber, 'subscriber/identifier/value');
}

/** The NHS number a checked Coverage is for. */
export function subscriberOf(coverage: Coverage): string {
  return coverage.subscriber?.identifier?.value ?? '';
}

const YEARS = 150;

/** What stands above the version check. */
export function guardUpdateCoverage(
  state: Demographics | null,
  command: UpdateCoverage,
  context: DecisionContext,
): PdsRefusal | null {
  const refused = refuseForeignRecord(context.agent, context.key) ?? notUpdatable(state);
  if (refused !== null) return refused;
  const end = command.coverage.period?.end ?? '';
  const today = dayOf(context.now);
  const plausible = end > shifted(today, -YEARS) && end < shifted(today, YEARS);
  return plausible ? null : invalidValue(end, 'period/end');
}

const shifted = (day: string, years: number): string =>
  String(Number(day.slice(0, 4)) + years).padStart(4, '0') + day.slice(4);

/** The new card replaces any other; the patient's version moves with it. */
export function decideUpdateCoverage(
  state: Demographics | null,
  command: UpdateCoverage,
  context: DecisionContext,
): Decision<Demographics> {
  const refused = guardUpdateCoverage(state, command, context);
  if (refused !== null) return refused;
  if (state === null) return refuse('RESOURCE_NOT_FOUND');
  const coverage = normalisedCoverage(command.coverage);
  const versionId = String(context.nextVersion);
  const { hiddenCoverage: _replaced, ...annex } = state.annex;
  const next: Demographics = {
    resource: { ...state.resource, meta: { ...state.resource.meta, versionId } },
    annex: { ...annex, coverage },
  };
  return { kind: 'accepted', state: next, outbox: [], reply: cards([coverage], versionId) };
}

/** The parts of a card that PDS keeps, with the display of the issuing country where there is one. */
export function normalisedCoverage(coverage: Coverage): Coverage {
  const [card] = coverage.identifier ?? [];
  const code = card?.assigner?.identifier?.value ?? '';
  const display = countryName(code);
  return {
    resourceType: 'Coverage',
    identifier: [
      { ...card, assigner: { ...(display === undefined ? {} : { display }), identifier: card?.assigner?.identifier } },
    ],
    status: coverage.status,
    beneficiary: { identifier: coverage.beneficiary.identifier, type: 'Patient' },
    payor: coverage.payor,
    period: coverage.period,
    subscriber: { identifier: coverage.subscriber?.identifier, type: 'Patient' },
  };
}

/** GET /Coverage: the card as a JSON list of none or one, and the version the client must name to replace it. */
export function viewCoverage(record: RecordView<Demographics> | null, context: ViewContext): View {
  const refused = refuseForeignRecord(context.agent, context.key);
  if (refused !== null) return refused;
  if (record === null) return refuse('RESOURCE_NOT_FOUND');
  const versionId = String(record.version);
  if (record.annex === '') return { kind: 'found', ...cards([], versionId) };
  const { annex } = record.state();
  const elsewhere = notServed(annex);
  if (elsewhere !== null) return elsewhere;
  return {
    kind: 'found',
    ...cards(annex.coverage !== undefined && isComplete(annex.coverage) ? [annex.coverage] : [], versionId),
  };
}

/** A card without the holder's or the institution's number is not served at all. */
export function isComplete(coverage: Coverage): boolean {
  const holder = coverage.beneficiary?.identifier?.value ?? '';
  const institution = coverage.payor?.[0]?.identifier?.value ?? '';
  return holder !== '' && institution !== '';
}

function cards(
  coverages: readonly Coverage[],
  versionId: string,
): { body: string; attributes: Record<string, string> } {
  return { body: JSON.stringify(coverages), attributes: { versionId } };
}
