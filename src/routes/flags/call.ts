/** What the handlers of the patient flags share: names, the body, the patient and the kind of flag in the query. */
import { flagCode } from '../../domain/flags/flag-codes.ts';
import type { FlagCode } from '../../domain/flags/flag-codes.ts';
import { invalid, missing } from '../../domain/flags/refusals.ts';
import type { Command } from '../../engine/record-kind.ts';
import { searchset } from '../../fhir/bundle.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { readJson } from '../body.ts';
import { submitOptions } from '../record-call.ts';
import type { CallerFacts, RecordCall, Result } from '../record-call.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { FLAGS_BODY, WAIT_MS } from './limits.ts';

export type Handler = (call: FlagsCall) => Promise<Result>;

export interface FlagsCall extends RecordCall {
  /** The id in the path; '' where the path has none. */
  readonly id: string;
}

export const FLAGS = 'patient-flags';
export const BASE_PATH = '/patient-flags-api/FHIR/R4';

export interface ReadBody {
  readonly kind: 'body';
  readonly text: string;
  readonly value: unknown;
}

export async function bodyOf({ context }: FlagsCall): Promise<ReadBody | WireRefusal> {
  const body = await readJson(context.request, FLAGS_BODY);
  if (body.kind === 'json') return { kind: 'body', text: body.text, value: body.value };
  switch (body.fault) {
    case 'too-large':
      return { kind: 'refused', code: 'body-too-large' };
    case 'slow':
      return { kind: 'refused', code: 'body-too-slow' };
    case 'encoded':
    case 'malformed':
      return { kind: 'refused', code: 'INVALID_VALUE', diagnostics: 'The body is not JSON within the bounds' };
  }
}

const SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number|';

/** The NHS number in `patient`, with or without its system. */
export function patientIn({ query }: FlagsCall): string | WireRefusal {
  const value = query['patient'];
  if (typeof value !== 'string') return missing('patient');
  const nhsNumber = value.startsWith(SYSTEM) ? value.slice(SYSTEM.length) : value;
  return isNhsNumber(nhsNumber) ? nhsNumber : invalid(value, 'patient');
}

/** Null where the query names no kind of flag. */
export function codeIn({ query }: FlagsCall): FlagCode | WireRefusal | null {
  const value = query['code'];
  if (value === undefined) return null;
  return (typeof value === 'string' ? flagCode(value.split('|').at(-1) ?? '') : null) ?? invalid(String(value), 'code');
}

export const submit = (
  call: FlagsCall,
  key: string,
  { body, command }: { body: string; command: Command & { readonly caller?: CallerFacts } },
) => call.context.spine.patients.submit(FLAGS, key, command, submitOptions(call, body, WAIT_MS));

/** `body` is the JSON list of resources that a view or a command answered. */
export function found({ context }: FlagsCall, body: string): Answer {
  const resources = JSON.parse(body) as readonly { resourceType: string; id: string }[];
  const entries = resources.map((resource) => ({
    fullUrl: `${context.origin}${BASE_PATH}/${resource.resourceType}/${resource.id}`,
    resource: JSON.stringify(resource),
  }));
  return { status: 200, body: searchset({ now: context.now, entries }), contentType: FHIR_JSON };
}
