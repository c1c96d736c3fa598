/** The dates a patch may write: narrower than FHIR's, and times only in UTC. Now comes from the decision context. */
import { isCalendarDate } from '../../../fhir/dates.ts';

const DATE_TIME = /^([12]\d{3}-\d{2}-\d{2})(?:T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\+00:00)?)?$/;

/** `yyyy-mm-ddThh:mm:ss+00:00`. */
export const dateTimeOf = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}+00:00`;

/** A day that exists, as `yyyy-mm-dd`, in this millennium or the last. */
export const isDate = (text: unknown): text is string =>
  typeof text === 'string' && /^[12]/.test(text) && isCalendarDate(text);

/** A day, or a day and time in UTC: `yyyy-mm-dd[Thh:mm:ss[+00:00]]`. */
export function isDateTime(text: unknown): text is string {
  const match = typeof text === 'string' ? DATE_TIME.exec(text) : null;
  return match !== null && isDate(match[1]);
}
