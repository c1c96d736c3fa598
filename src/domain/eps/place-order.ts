/** An order becomes a prescription with all its issues, or is refused; cancellations that came before it are applied. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { brought } from './activity.ts';
import { cancelEverywhere, logged, rollOn } from './change.ts';
import type { PlaceOrder } from './commands.ts';
import {
  EXPIRY_MONTHS,
  FUTURE_MS,
  MAX_ISSUES,
  MAX_ITEMS,
  REPEAT_DISPENSING_EXPIRY_MONTHS,
  addMonths,
} from './periods.ts';
import type { PatientFacts } from './patient-facts.ts';
import type { OrderFacts, Prescription, PrescriptionIssue, PrescriptionStatus } from './prescription-state.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusal } from './refusals.ts';

export function decidePlaceOrder(
  state: Prescription | null,
  { order, patient }: PlaceOrder,
  context: DecisionContext,
): Decision<Prescription> {
  const known = knownOrder(state, order);
  if (known !== null) return known;
  const refusal = orderFault(order, patient.deceased);
  if (refusal !== null) return refusal;
  const { now } = context;
  const begun = { ...begin(context.key, order, now), ...pharmacyOf(patient) };
  const placed = logged(null, begun, {
    at: now,
    event: 'order',
    messageId: order.messageId,
    organization: order.prescriber.ods,
  });
  const settled = brought(cancelledBefore(state, placed, now), now);
  return { kind: 'accepted', state: settled, outbox: [], reply: { body: '' } };
}

const pharmacyOf = ({ pharmacy }: PatientFacts) => (pharmacy === undefined ? {} : { patientPharmacy: pharmacy });

/** The id is taken, but for a placeholder and for the same message again. */
function knownOrder(state: Prescription | null, order: OrderFacts): Decision<Prescription> | null {
  if (state === null) return null;
  if (state.movedTo !== undefined) return refuse('moved', state.movedTo);
  if (state.order === undefined && state.purged !== true) return null;
  const again = state.order?.messageId === order.messageId;
  return again ? { kind: 'unchanged', reply: { body: '' } } : refuse('DUPLICATE_PRESCRIPTION_ID');
}

function orderFault({ items, issues }: OrderFacts, deceased: boolean): EpsRefusal | null {
  if (items.length < 1 || items.length > MAX_ITEMS) return refuse('INVALID_NUMBER_MEDICATIONREQUESTS');
  if (new Set(items.map(({ id }) => id)).size < items.length) return refuse('DUPLICATE_MEDICATIONREQUEST_ID');
  if (!Number.isInteger(issues) || issues < 1 || issues > MAX_ISSUES) return refuse('INVALID_REPEAT_COUNT');
  return deceased ? refuse('PATIENT_DECEASED') : null;
}

/** The order may still tell a number that was merged into the one of the key. */
function begin(key: string, order: OrderFacts, now: number): Prescription {
  const slash = key.indexOf('/');
  const months = order.treatmentType === '0003' ? REPEAT_DISPENSING_EXPIRY_MONTHS : EXPIRY_MONTHS;
  const first: PrescriptionStatus = order.effectiveAt > now + FUTURE_MS ? '9001' : '0001';
  const issue = (number: number): PrescriptionIssue => ({
    number,
    status: number === 1 ? first : '9000',
    since: now,
    items: order.items.map(() => ({ status: '0007' })),
    notifications: [],
    pastNotifications: [],
    claims: [],
  });
  return {
    id: key.slice(slash + 1),
    nhsNumber: key.slice(0, slash),
    order,
    storedAt: now,
    // What is past its validity when it comes expires now, not years ago.
    expiresAt: Math.max(now, addMonths(order.effectiveAt, months)),
    issues: Array.from({ length: order.issues }, (_, index) => issue(index + 1)),
    current: 1,
    ...(order.nominated === undefined ? {} : { nominated: order.nominated }),
    formerNominations: [],
    pending: [],
    log: [],
  };
}

/** What the placeholder held is carried out at once; what it meant of other items is dropped. */
function cancelledBefore(placeholder: Prescription | null, placed: Prescription, now: number): Prescription {
  let state = placed;
  for (const { item, reason, messageId, organization } of placeholder?.pending ?? []) {
    const index = placed.order?.items.findIndex(({ id }) => id === item) ?? -1;
    if (index === -1) continue;
    const cancelled = rollOn(cancelEverywhere(state, { index, reason }, now), now);
    state = logged(state, cancelled, { at: now, event: 'cancelled', messageId, organization, item, note: 'R-0001' });
  }
  return state;
}
