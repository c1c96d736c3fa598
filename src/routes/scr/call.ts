/** What the handlers of the summary care record share: names, the body, the patient in the query. */
import { invalid } from '../../domain/scr/refusals.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { readJson } from '../body.ts';
import type { BodyBounds } from '../body.ts';
import type { RecordCall, Result } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Query, WireRefusal } from '../service.ts';

export type Handler = (call: RecordCall) => Promise<Result>;

export const SUMMARY = 'summary-care-record';
export const ALERTS = 'access-alerts';

export const BASE_PATH = '/summary-care-record/FHIR/R4';
export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

export const baseOf = (context: RequestContext): string => context.origin + BASE_PATH;

/** Success of every POST: no body. */
export const CREATED: Answer = { status: 201, body: null, contentType: FHIR_JSON };

export interface ReadBody {
  readonly kind: 'body';
  readonly text: string;
  readonly value: unknown;
}

export async function bodyOf(context: RequestContext, bounds?: BodyBounds): Promise<ReadBody | WireRefusal> {
  const body = await readJson(context.request, bounds);
  if (body.kind === 'json') return { kind: 'body', text: body.text, value: body.value };
  switch (body.fault) {
    case 'too-large':
      return { kind: 'refused', code: 'body-too-large' };
    case 'slow':
      return { kind: 'refused', code: 'body-too-slow' };
    case 'encoded':
    case 'malformed':
      return invalid('Failed to parse JSON encoded FHIR content');
  }
}

/** One value of a query parameter, or the refusal where it is missing. */
export function parameter(query: Query, name: string): string | WireRefusal {
  const value = query[name];
  if (value === undefined) {
    return invalid(`Required request parameter '${name}' for method parameter type String is not present`);
  }
  return typeof value === 'string' ? value : value.join(',');
}

export const badValue = (value: string, name: string): WireRefusal =>
  invalid(`Invalid value - ${value.slice(0, 256)} in field '${name}'`);

/** The NHS number in a parameter that names its system. */
export function patientIn(query: Query, name: string): string | WireRefusal {
  const value = parameter(query, name);
  if (typeof value !== 'string') return value;
  const nhsNumber = value.startsWith(`${NHS_NUMBER}|`) ? value.slice(NHS_NUMBER.length + 1) : '';
  return isNhsNumber(nhsNumber) ? nhsNumber : badValue(value, name);
}
