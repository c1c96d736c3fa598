/** The periods of a prescription's life, and sums with calendar months in UTC. */

export const DAY_MS = 86_400_000;

export const EXPIRY_MONTHS = 6;
export const REPEAT_DISPENSING_EXPIRY_MONTHS = 12;
/** Since the last dispense. */
export const ACTIVE_DAYS = 180;
export const NO_CLAIM_DAYS = 180;
/** Since the state was reached. */
export const DELETE_DAYS = { '0004': 90, '0005': 180, '0007': 30, '0008': 36, '0009': 36 } as const;
export const PURGE_DAYS = 365;
/** A waiting issue is offered this long before it is due. */
export const LEAD_DAYS = 7;
export const DEFAULT_DAYS_SUPPLY = 28;
/** A prescription that begins later than this from now waits. */
export const FUTURE_MS = DAY_MS;
/** A claim may be amended until the end of this day of the following month. */
export const CLAIM_AMEND_DAY = 5;
export const MAX_ITEMS = 4;
export const MAX_ISSUES = 99;

/** The same day some months on, or the last day of that month. */
export function addMonths(at: number, months: number): number {
  const date = new Date(at);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const target = new Date(first);
  const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  return first + (Math.min(date.getUTCDate(), last) - 1) * DAY_MS + (((at % DAY_MS) + DAY_MS) % DAY_MS);
}

/** The end of the day until which a claim made at `at` may be amended. */
export function claimPeriodEnd(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, CLAIM_AMEND_DAY + 1);
}
