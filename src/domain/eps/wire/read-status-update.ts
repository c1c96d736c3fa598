/** Reads one entry of a status update, or says everything that is wrong with it in one sentence after the other. */
import { isNhsNumber } from '../../../nhs/nhs-number.ts';
import { isPrescriptionId } from '../../../nhs/prescription-id.ts';
import { wholeNumber } from '../../../fhir/lossless-json.ts';
import type { StatusUpdate } from '../status-updates.ts';
import { LINE_ITEM, NHS_NUMBER, ODS_CODE, SHORT_FORM } from './codes.ts';
import { at, objectIn, objectsIn, textAt, textIn } from './json.ts';
import type { Json } from './json.ts';

export const NPPT = 'https://fhir.nhs.uk/CodeSystem/task-businessStatus-nppt';

const HOUR_MS = 3_600_000;
/** How far ahead a change may lie: a day, or six weeks where it is said to be foretold. */
const AHEAD_HOURS = 24;
const FORETOLD_HOURS = 999;

const COMPLETED_ONLY = ['collected', 'not dispensed', 'dispatched'];
const IN_PROGRESS_ONLY = [
  'with pharmacy',
  'with pharmacy - preparing remainder',
  'ready to collect - partial',
  'ready to dispatch - partial',
];
const BOTH = ['ready to dispatch', 'ready to collect'];

export interface ReadUpdate {
  readonly kind: 'update';
  readonly fullUrl: string;
  readonly nhsNumber: string;
  readonly update: Omit<StatusUpdate, 'application' | 'requestId'>;
}

export interface BadUpdate {
  readonly kind: 'bad';
  readonly fullUrl: string;
  readonly text: string;
}

const identifier = (task: Json, ...path: readonly (string | number)[]): Json =>
  objectIn(at(task, ...path, 'identifier'));

/** Where each fact of a task stands, by the name under which the API tells that it is missing. */
const FIELDS: readonly (readonly [string, (task: Json) => string])[] = [
  ['LastModified', (task) => textIn(task['lastModified'])],
  ['LineItemID', (task) => textIn(identifier(task, 'focus')['value'])],
  ['PatientNHSNumber', (task) => textIn(identifier(task, 'for')['value'])],
  ['PharmacyODSCode', (task) => textIn(identifier(task, 'owner')['value'])],
  ['PrescriptionID', (task) => textIn(identifier(task, 'basedOn', 0)['value'])],
  ['Status', (task) => textAt(task, 'businessStatus', 'coding', 0, 'code')],
  ['TaskID', (task) => textIn(task['id'])],
  ['TerminalStatus', (task) => textIn(task['status'])],
];

const SYSTEMS: readonly (readonly [string, string, (task: Json) => unknown])[] = [
  ['LineItemID', LINE_ITEM, (task) => identifier(task, 'focus')['system']],
  ['PatientNHSNumber', NHS_NUMBER, (task) => identifier(task, 'for')['system']],
  ['PharmacyODSCode', ODS_CODE, (task) => identifier(task, 'owner')['system']],
  ['PrescriptionID', SHORT_FORM, (task) => identifier(task, 'basedOn', 0)['system']],
  ['Status', NPPT, (task) => at(task, 'businessStatus', 'coding', 0, 'system')],
];

export function readStatusUpdate(entry: unknown, now: number): ReadUpdate | BadUpdate {
  const fullUrl = textAt(entry, 'fullUrl');
  const task = objectIn(at(entry, 'resource'));
  const bad = (text: string): BadUpdate => ({ kind: 'bad', fullUrl, text });
  const missing = [
    ...(fullUrl === '' ? ['FullUrl'] : []),
    ...FIELDS.flatMap(([name, valueOf]) => (valueOf(task) === '' ? [name] : [])),
  ];
  if (missing.length > 0) return bad(`Missing required field(s) - ${missing.join(', ')}.`);
  const faults = faultsOf(task, fullUrl, now);
  if (faults.length > 0) return bad(faults.join(' '));
  return { kind: 'update', fullUrl, nhsNumber: textIn(identifier(task, 'for')['value']), update: updateOf(task) };
}

function faultsOf(task: Json, fullUrl: string, now: number): readonly string[] {
  const wrongSystems = SYSTEMS.flatMap(([name, system, of]) => (of(task) === system ? [] : [name]));
  const status = textAt(task, 'businessStatus', 'coding', 0, 'code');
  const known = isKnown(status);
  return [
    fullUrl === `urn:uuid:${textIn(task['id'])}` ? '' : 'Invalid entry fullUrl or task id.',
    known ? '' : 'Invalid business status.',
    lastModifiedFault(task, now),
    isNhsNumber(textIn(identifier(task, 'for')['value'])) ? '' : 'NHS number is invalid.',
    isPrescriptionId(prescriptionIdOf(task)) ? '' : 'Prescription ID is invalid.',
    task['resourceType'] === 'Task' ? '' : "Resource's resourceType is not 'Task'.",
    statusFault(textIn(task['status']), known ? status : null),
    wrongSystems.length === 0 ? '' : `Invalid CodeSystem(s) - ${wrongSystems.join(', ')}.`,
  ].filter((fault) => fault !== '');
}

const isKnown = (status: string): boolean =>
  [...COMPLETED_ONLY, ...IN_PROGRESS_ONLY, ...BOTH].includes(status.toLowerCase());

const prescriptionIdOf = (task: Json): string => textIn(identifier(task, 'basedOn', 0)['value']).toUpperCase();

function lastModifiedFault(task: Json, now: number): string {
  const at = Date.parse(textIn(task['lastModified']));
  if (Number.isNaN(at)) return 'Date format provided for lastModified is invalid.';
  const hours = Date.parse(textAt(task, 'meta', 'lastUpdated')) < at ? FORETOLD_HOURS : AHEAD_HOURS;
  return at - now > hours * HOUR_MS ? 'Invalid lastModified value provided.' : '';
}

/** `business`: null where it is told to be wrong already. */
function statusFault(status: string, business: string | null): string {
  if (status !== 'completed' && status !== 'in-progress') return `Unsupported Task.status '${status}'.`;
  const lower = business?.toLowerCase() ?? '';
  const told = `Task.status field set to '${status}' but Task.businessStatus value of '${business ?? ''}'`;
  if (status === 'completed' && IN_PROGRESS_ONLY.includes(lower)) return `${told} requires follow up action.`;
  if (status === 'in-progress' && COMPLETED_ONLY.includes(lower)) return `${told} has no possible follow up action.`;
  return '';
}

function updateOf(task: Json): ReadUpdate['update'] {
  const lastUpdated = textAt(task, 'meta', 'lastUpdated');
  const repeat = objectsIn(task['input']).map(({ valueInteger }) => wholeNumber(valueInteger))[0];
  return {
    taskId: textIn(task['id']),
    prescriptionId: prescriptionIdOf(task),
    lineItem: textIn(identifier(task, 'focus')['value']).toLowerCase(),
    status: textAt(task, 'businessStatus', 'coding', 0, 'code'),
    terminal: task['status'] === 'completed' ? 'completed' : 'in-progress',
    ods: textIn(identifier(task, 'owner')['value']).toUpperCase(),
    lastModified: textIn(task['lastModified']),
    ...(lastUpdated === '' ? {} : { lastUpdated }),
    ...(repeat === undefined ? {} : { repeat }),
  };
}
