/** The first supplier's own format of status updates, brought into the form that all others send. */
import { LINE_ITEM, NHS_NUMBER, ODS_CODE, SHORT_FORM } from './codes.ts';
import { isObject, objectsIn, textIn } from './json.ts';
import type { Json } from './json.ts';
import { NPPT } from './read-status-update.ts';

const COLLECTED_BY: readonly string[] = ['Not known', 'In-Store Collection'];
const DISPATCHED_BY: readonly string[] = ['Robot Collection', 'Delivery required'];

interface Meaning {
  readonly terminal: 'in-progress' | 'completed';
  /** Where the patient fetches it, and where it is sent. */
  readonly fetched: string;
  readonly sent?: string;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  Pending: { terminal: 'in-progress', fetched: 'With Pharmacy' },
  Owed: { terminal: 'in-progress', fetched: 'With Pharmacy' },
  PartOwed: { terminal: 'in-progress', fetched: 'With Pharmacy - Preparing Remainder' },
  ReadyForCollection: { terminal: 'in-progress', fetched: 'Ready to Collect', sent: 'Ready to Dispatch' },
  DispensingComplete: { terminal: 'completed', fetched: 'Collected', sent: 'Dispatched' },
  NotDispensed: { terminal: 'completed', fetched: 'Not Dispensed' },
  Cancelled: { terminal: 'completed', fetched: 'Not Dispensed' },
  Expired: { terminal: 'completed', fetched: 'Not Dispensed' },
};

const NEEDED = ['prescriptionUUID', 'nHSCHI', 'oDSCode', 'messageDate', 'deliveryType'] as const;

/** Gives each entry the id of its task: the same message gives the same ids. */
export type TaskId = (seed: string) => string;

/** Entries of a transaction; a text says what is wrong with the message. */
export function supplierEntries(message: unknown, taskId: TaskId): readonly Json[] | string {
  if (!isObject(message)) return 'The body is not an object.';
  const missing = NEEDED.filter((name) => textIn(message[name]) === '');
  if (missing.length > 0) return `Missing required field(s) - ${missing.join(', ')}.`;
  if (message['MessageType'] !== 'PrescriptionStatusChanged') return 'MessageType must be PrescriptionStatusChanged.';
  const delivery = textIn(message['deliveryType']);
  if (![...COLLECTED_BY, ...DISPATCHED_BY].includes(delivery)) return `Unsupported deliveryType '${delivery}'.`;
  if (!Array.isArray(message['items'])) return 'Missing required field(s) - items.';
  const items = objectsIn(message['items']);
  const unknown = items.find(({ status }) => !Object.hasOwn(MEANINGS, textIn(status)));
  if (unknown !== undefined) return `Unsupported item status '${textIn(unknown['status'])}'.`;
  return items.filter(isToBeTold).map((item) => entryOf(message, item, taskId));
}

/** What was completed by expiring or by not dispensing is told by another message. */
const isToBeTold = ({ completedStatus, status }: Json): boolean =>
  status !== 'DispensingComplete' || (completedStatus !== 'Expired' && completedStatus !== 'NotDispensed');

const identified = (system: string, value: string) => ({ identifier: { system, value } });

function entryOf(message: Json, item: Json, taskId: TaskId): Json {
  const {
    fetched,
    sent = fetched,
    terminal,
  } = MEANINGS[textIn(item['status'])] ?? MEANINGS['Pending'] ?? unreachable();
  const code = COLLECTED_BY.includes(textIn(message['deliveryType'])) ? fetched : sent;
  const { messageDate, prescriptionUUID, repeatNo, oDSCode, deliveryType, nHSCHI } = message;
  const told = { messageDate, prescriptionUUID, repeatNo, oDSCode, deliveryType, nHSCHI };
  const id = taskId(JSON.stringify([told, { itemID: item['itemID'], status: item['status'] }]));
  return {
    fullUrl: `urn:uuid:${id}`,
    resource: {
      resourceType: 'Task',
      id,
      basedOn: [identified(SHORT_FORM, textIn(prescriptionUUID))],
      status: terminal,
      businessStatus: { coding: [{ system: NPPT, code }] },
      intent: 'order',
      focus: identified(LINE_ITEM, textIn(item['itemID'])),
      for: identified(NHS_NUMBER, textIn(nHSCHI)),
      // Written without a zone, meant in universal time.
      lastModified: `${textIn(messageDate).replace(' ', 'T')}Z`.replace(/ZZ$/, 'Z'),
      owner: identified(ODS_CODE, textIn(oDSCode)),
      ...(typeof repeatNo === 'number' && repeatNo > 0
        ? { input: [{ type: { text: 'Repeat Number' }, valueInteger: repeatNo }] }
        : {}),
    },
  };
}

const unreachable = (): never => {
  throw new Error('a status without a meaning');
};
