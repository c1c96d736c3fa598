/** FHIR dates as text. */

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** A day that exists, as `yyyy-mm-dd`. */
export function isCalendarDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

/** A FHIR date, which may be as short as a year or a month: `2000`, `2000-01`, `2000-01-31`. */
export function isPartialDate(text: string): boolean {
  if (/^\d{4}$/.test(text)) return text !== '0000';
  return /^\d{4}-\d{2}$/.test(text) ? isCalendarDate(`${text}-01`) : isCalendarDate(text);
}

/** A date, partial or not, or a date with a time of day and an offset. */
export function isDateTime(text: string): boolean {
  const [date = '', time] = text.split('T', 2);
  if (time === undefined) return isPartialDate(date);
  return isCalendarDate(date) && /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/.test(time);
}

/** The day of an instant, in universal time. */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}
