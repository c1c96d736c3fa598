/** Dates as the wire writes them. "Today" and "now" are UTC and come from the decision context. */

const DATE = /^([12]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATE_TIME = /^([12]\d{3}-\d{2}-\d{2})(?:T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\+00:00)?)?$/;

export const todayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** `yyyy-mm-ddThh:mm:ss+00:00`. */
export const dateTimeOf = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}+00:00`;

/** A day that exists, as `yyyy-mm-dd`. */
export function isDate(text: unknown): text is string {
  const match = typeof text === 'string' ? DATE.exec(text) : null;
  if (match === null) return false;
  const [, year, month, day] = match;
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

/** A day, or a day and time in UTC: `yyyy-mm-dd[Thh:mm:ss[+00:00]]`. */
export function isDateTime(text: unknown): text is string {
  const match = typeof text === 'string' ? DATE_TIME.exec(text) : null;
  return match !== null && isDate(match[1]);
}
