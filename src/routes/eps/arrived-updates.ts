/** GET /checkprescriptionstatusupdates, where people are not real: what an application's own updates look like here. */
import { STATUS_UPDATES } from '../../domain/eps/status-updates.ts';
import type { StatusUpdate, StatusUpdates } from '../../domain/eps/status-updates.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { PLAIN_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Query } from '../service.ts';
import type { Updating } from './record-status-updates.ts';

/** Results in one answer. */
const PAGE = 15;

export async function arrivedUpdates(updating: Updating, query: Query): Promise<Answer> {
  const asked = (name: string): string => (typeof query[name] === 'string' ? query[name] : '');
  const [ods, prescription] = [asked('odscode').toUpperCase(), asked('prescriptionid').toUpperCase()];
  const nhsNumber = asked('nhsnumber') === '' ? await patientOf(updating, prescription) : asked('nhsnumber');
  const { client } = updating.agent;
  const found = (await updatesOf(updating, nhsNumber))
    .filter(
      (each) =>
        each.application === client &&
        (ods === '' || each.ods === ods) &&
        (prescription === '' || each.prescriptionId === prescription),
    )
    .sort(byKey);
  const rest = found.filter((each) => isBehind(each, updating));
  const page = rest.slice(0, PAGE);
  const body = JSON.stringify({ items: page.map((each) => told(each, nhsNumber)) });
  const headers = rest.length > PAGE ? lastOf(page) : {};
  return { status: page.length === 0 ? 404 : 200, body, contentType: PLAIN_JSON, headers };
}

const compare = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);

const byKey = (one: StatusUpdate, other: StatusUpdate): number =>
  compare(one.prescriptionId, other.prescriptionId) || compare(one.taskId, other.taskId);

/** After the last one of the page before, where one is named. */
function isBehind(update: StatusUpdate, { context }: Updating): boolean {
  const header = (name: string): string | null => context.request.headers.get(`ExclusiveStartKey-${name}`);
  const [prescription, task] = [header('PrescriptionID'), header('TaskID')];
  if (prescription === null || task === null) return true;
  return (compare(update.prescriptionId, prescription) || compare(update.taskId, task)) > 0;
}

function lastOf(page: readonly StatusUpdate[]): Readonly<Record<string, string>> {
  const last = page.at(-1);
  if (last === undefined) return {};
  return { 'LastEvaluatedKey-PrescriptionID': last.prescriptionId, 'LastEvaluatedKey-TaskID': last.taskId };
}

async function updatesOf({ agent, context, requestId }: Updating, nhsNumber: string): Promise<StatusUpdate[]> {
  if (!isNhsNumber(nhsNumber)) return [];
  const options = { agent, requestId, purpose: 'access' } as const;
  const wish = { name: 'get-status-updates' };
  const outcome = await context.spine.patients.read(STATUS_UPDATES, nhsNumber, wish, options);
  return outcome.kind === 'replied' ? [...(JSON.parse(outcome.body) as StatusUpdates).updates] : [];
}

/** Only prescriptions that the service knows lead to a patient. */
async function patientOf({ agent, context, requestId }: Updating, prescription: string): Promise<string> {
  if (prescription === '') return '';
  const options = { agent, requestId, waitMs: 10_000 };
  const place = await context.spine.prescriptions.locate(prescription.slice(0, -1), options);
  return place.kind === 'at' ? place.nhsNumber : '';
}

const told = (each: StatusUpdate, nhsNumber: string): object => ({
  ApplicationName: each.application,
  RequestID: each.requestId,
  LastModified: each.lastModified,
  TerminalStatus: each.terminal,
  PharmacyODSCode: each.ods,
  Status: each.status,
  TaskID: each.taskId,
  PatientNHSNumber: nhsNumber,
  LineItemID: each.lineItem,
  PrescriptionID: each.prescriptionId,
});
