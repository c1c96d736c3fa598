/** GET /DocumentReference: the id of the latest summary, and how the patient wants it to be handled. */
import { answered, readFollowing } from '../record-call.ts';
import type { RecordCall, Replied, Result } from '../record-call.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Query, WireRefusal } from '../service.ts';
import { NHS_NUMBER, SUMMARY, badValue, baseOf, patientIn } from './call.ts';

const QUERY = { name: 'get-summary-id' };

/** Each takes one value only. */
const FIXED = [
  ['type', 'http://snomed.info/sct|196981000000101'],
  ['_sort', 'date'],
  ['_count', '1'],
] as const;

/** The live service has a space before the name. */
const GP_SUMMARY = [
  { system: 'http://snomed.info/sct', code: '196981000000101', display: ' General Practice Summary' },
];

export async function getSummaryId(call: RecordCall): Promise<Result> {
  const patient = patientIn(call.query, 'patient');
  if (typeof patient !== 'string') return patient;
  const fault = fixedFault(call.query);
  if (fault !== null) return fault;
  const { key, outcome } = await readFollowing(call, SUMMARY, { key: patient, query: QUERY });
  return answered(outcome, (replied) => searchset(call, key, replied));
}

function fixedFault(query: Query): WireRefusal | null {
  for (const [name, only] of FIXED) {
    const value = query[name];
    if (value !== undefined && value !== only) return badValue(String(value), name);
  }
  return null;
}

function searchset(call: RecordCall, nhsNumber: string, { attributes }: Replied): Answer {
  const head = { resourceType: 'Bundle', id: crypto.randomUUID(), type: 'searchset' };
  const { eventId, permission } = attributes ?? {};
  const entry = eventId === undefined ? [] : entries(call, { nhsNumber, eventId, permission: permission ?? 'Ask' });
  const body = JSON.stringify(entry.length === 0 ? { ...head, total: 0 } : { ...head, total: 1, entry });
  return { status: 200, body, contentType: FHIR_JSON };
}

interface Found {
  readonly nhsNumber: string;
  readonly eventId: string;
  readonly permission: string;
}

function entries({ context }: RecordCall, { eventId, nhsNumber, permission }: Found): readonly object[] {
  const base = baseOf(context);
  const id = crypto.randomUUID();
  const patientId = crypto.randomUUID();
  const address = `${base}/Bundle?composition.identifier=${eventId}&composition.subject:Patient.identifier=${NHS_NUMBER}|${nhsNumber}`;
  const reference = {
    resourceType: 'DocumentReference',
    id,
    masterIdentifier: { system: 'https://fhir.nhs.uk/Id/nhsSCRUUID', value: eventId },
    status: 'current',
    type: { coding: GP_SUMMARY },
    subject: { reference: `Patient/${patientId}` },
    securityLabel: [{ coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission', code: permission }] }],
    content: [{ attachment: { url: address } }],
    context: { event: [{ coding: GP_SUMMARY }] },
  };
  const patient = { resourceType: 'Patient', id: patientId, identifier: [{ system: NHS_NUMBER, value: nhsNumber }] };
  return [
    { fullUrl: `${base}/DocumentReference/${id}`, resource: reference, search: { mode: 'match' } },
    { fullUrl: patientId, resource: patient },
  ];
}
