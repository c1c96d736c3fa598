/** Business effective periods: default start, order of the dates, nothing that starts in the future. */
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate, missingValue } from '../refusals.ts';
import { isDate } from './calendar.ts';
import type { Json, JsonObject } from './json.ts';
import { equalJson, isObject, memberOf } from './json.ts';
import { invalid } from './value-checks.ts';

export interface PeriodCheck {
  /** The object that holds the period: ours to write to. */
  readonly holder: JsonObject;
  readonly before: Json | undefined;
  readonly whole: boolean;
  readonly path: string;
  readonly today: string;
  /** Whether the client must give both ends, may leave out the start, or may not give an end. */
  readonly kind: 'ordinary' | 'bounded' | 'start-optional' | 'endless';
}

/** Checks the period if the patch touches it and fills in today where the client left the start open. */
export function checkPeriod(check: PeriodCheck): PdsRefusal | null {
  const { holder, path, today, kind } = check;
  const given = memberOf(holder, 'period');
  if (!check.whole && equalJson(given, memberOf(check.before, 'period'))) return null;
  if (given === undefined) {
    if (kind === 'bounded') return missingValue(`${path}/period`);
    if (check.whole) holder['period'] = { start: today };
    return null;
  }
  if (!isObject(given)) return invalid(given, `${path}/period`);
  const start = memberOf(given, 'start') ?? (kind === 'start-optional' ? today : undefined);
  const end = memberOf(given, 'end');
  if (start === undefined) return missingValue(`${path}/period/start`);
  if (end === undefined && kind === 'bounded') return missingValue(`${path}/period/end`);
  const refusal = checkDates(start, end, check);
  if (refusal === null) holder['period'] = end === undefined ? { start } : { start, end };
  return refusal;
}

function checkDates(start: Json, end: Json | undefined, { path, today, kind }: PeriodCheck): PdsRefusal | null {
  if (!isDate(start)) return invalid(start, `${path}/period/start`);
  if (end !== undefined && !isDate(end)) return invalid(end, `${path}/period/end`);
  // the texts of the next two are ours: the service's own are not public
  if (end !== undefined && kind === 'endless')
    return invalidUpdate('an end date can not be provided on general practitioner');
  if (start > today) return invalidUpdate('business effective start date cannot be in the future');
  if (end !== undefined && end < start) return invalidUpdate('business effective start date is after the end date');
  return null;
}
