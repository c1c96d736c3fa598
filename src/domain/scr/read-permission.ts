/** POST /$setPermission: the Parameters of the request, checked in the live order. */
import type { Parameters, ParametersParameter } from 'fhir/r4';
import { resourceFault } from '../../fhir/strict-resource.ts';
import { invalid } from './refusals.ts';
import type { ScrRefusal } from './refusals.ts';
import type { Permission } from './summary-state.ts';

const SYSTEM = 'https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission';
const CODES: readonly Permission[] = ['Yes', 'No', 'Ask'];

export interface ReadPermission {
  readonly kind: 'permission';
  /** As sent: whether it is an NHS number is asked after the caller's role. */
  readonly nhsNumber: string;
  readonly permission: Permission;
}

export function readPermission(body: unknown): ReadPermission | ScrRefusal {
  const malformed = resourceFault(body, 'Parameters');
  if (malformed !== null) return invalid(malformed);
  // Safe: the strict reading above is what makes it one.
  const named = ((body as Parameters).parameter ?? []).filter(({ name }) => name === 'setPermissions');
  const [parameter, second] = named;
  if (parameter === undefined) return invalid("Parameter named 'setPermissions' name not found");
  if (second !== undefined) return invalid("Exactly 1 parameter named 'setPermissions' expected");
  const nhsNumber = nhsNumberIn(parameter.part ?? []);
  if (typeof nhsNumber !== 'string') return nhsNumber;
  return permissionIn(parameter.part ?? [], nhsNumber);
}

function nhsNumberIn(parts: readonly ParametersParameter[]): string | ScrRefusal {
  const values = parts
    .filter(({ name }) => name === 'nhsNumber')
    .map(({ valueString }) => valueString)
    .filter((value) => typeof value === 'string');
  const [value, second] = values;
  if (value === undefined) return invalid("Missing value for Parameter.Part 'nhsNumber'");
  return second === undefined
    ? value
    : invalid("Exactly 1 Parameter.Part named 'nhsNumber' with not empty value expected");
}

function permissionIn(parts: readonly ParametersParameter[], nhsNumber: string): ReadPermission | ScrRefusal {
  const codings = parts
    .filter(({ name, valueCoding }) => name === 'permissionCode' && valueCoding?.system === SYSTEM)
    .map(({ valueCoding }) => valueCoding);
  const [coding, second] = codings;
  const named = `Parameter.Part named 'permissionCode' with valueCoding.system ${SYSTEM}`;
  if (coding === undefined) return invalid(`${named} not found`);
  if (second !== undefined) return invalid(`Exactly 1 ${named} expected`);
  const sent = typeof coding.code === 'string' ? coding.code : 'null';
  const permission = CODES.find((code) => code.toLowerCase() === sent.toLowerCase());
  if (permission === undefined) return invalid(`Invalid value - ${sent} in field 'valueCoding.code'`);
  return { kind: 'permission', nhsNumber, permission };
}
