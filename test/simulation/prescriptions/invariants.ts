/** What holds after every play, whatever crashed: the invariants EPS-Y01 to EPS-Y08. */
import { PRESCRIPTION_LOCATION } from '../../../src/domain/eps/prescription-location.ts';
import { PRESCRIPTION, PRESCRIPTION_ORDER, prescriptionKey } from '../../../src/domain/eps/prescription-state.ts';
import type { Prescription } from '../../../src/domain/eps/prescription-state.ts';
import { queueOf } from '../../../src/domain/eps/prescription.ts';
import { QUEUE_ENTRY, queueKey } from '../../../src/domain/eps/queue-entry.ts';
import type { QueueEntry } from '../../../src/domain/eps/queue-entry.ts';
import { mustBe } from './broken.ts';
import type { Acted } from './client.ts';
import { shortStem } from './messages.ts';
import type { Ended } from './play.ts';

export function checkInvariants(ended: Ended): void {
  const prescriptions = ended.world.stored();
  storedOnce(ended, prescriptions);
  handedOnce(ended, prescriptions);
  for (const prescription of prescriptions) {
    chained(prescription);
    offered(ended, prescription);
    found(ended, prescription);
  }
  for (const acted of ended.client.acts) toldTruly(ended, acted);
  atRest(ended);
}

/** An answered order is in one shard, with its text as it was sent. */
function storedOnce({ client, world }: Ended, prescriptions: readonly Prescription[]): void {
  const ordered = client.acts.filter(({ kind, status }) => kind === 'order' && status === 200).map(({ n }) => n);
  const ids = prescriptions.filter(({ order }) => order !== undefined).map(({ id }) => id);
  mustBe('EPS-Y01 stored once', ids.toSorted(), ordered.map(shortStem).toSorted());
  for (const { id, nhsNumber, order } of prescriptions) {
    const texts = world.records(PRESCRIPTION_ORDER, prescriptionKey(nhsNumber, id));
    const whole = texts.length === 1 && texts[0]?.includes(order?.shortId ?? '');
    if (order !== undefined) mustBe('EPS-Y01 its text beside it', whole, true);
  }
}

/** A prescription is handed out once, and once more for each return and each further issue. */
function handedOnce({ client }: Ended, prescriptions: readonly Prescription[]): void {
  for (const { id, log } of prescriptions) {
    const handed = client.handed.filter((one) => one.id.startsWith(id));
    const returns = log.filter(({ event }) => event === 'return').length;
    const issues = new Set(log.filter(({ event }) => event.endsWith('release')).map(({ issue }) => issue)).size;
    mustBe('EPS-Y02 handed out once', handed.length <= returns + Math.max(1, issues), true);
    // Whoever was handed it is in the log with this very release.
    for (const { ods, requestId } of handed) {
      const noted = log.some(
        ({ event, messageId, organization }) =>
          event.endsWith('release') && messageId === requestId && organization === ods,
      );
      mustBe('EPS-Y02 handed out is written down', noted, true);
    }
  }
}

/** Each entry of the change log goes on from where the one before it of the same issue left off; the last is how it stands. */
function chained({ issues, log }: Prescription): void {
  for (const { number, status } of issues) {
    const own = log.filter(({ issue }) => issue === number);
    const breaks = own.slice(1).filter(({ from }, index) => from !== own[index]?.to && !isQuiet(own[index]?.to, from));
    mustBe('EPS-Y03 the log is one chain', breaks, []);
    const last = own.at(-1)?.to;
    if (last !== undefined && !isQuiet(last, status)) mustBe('EPS-Y03 the log ends in the state', last, status);
  }
}

/** An issue that becomes the current one is not written down for itself: that stands with the end of the one before. */
const isQuiet = (from: string | null | undefined, to: string | null): boolean =>
  from === '9000' && (to === '0000' || to === '0001');

/** What waits in a queue is offered there. After a merge the entry may tell the number it had before, which leads on. */
function offered({ world }: Ended, prescription: Prescription): void {
  const { id } = prescription;
  const waits = queueOf(prescription);
  if (waits === null) return;
  const entries = world.records(QUEUE_ENTRY, queueKey(waits, id)).map((body) => JSON.parse(body) as QueueEntry);
  const leads = entries.filter(
    ({ nhsNumber, place }) =>
      place !== 'gone' && world.records(PRESCRIPTION, prescriptionKey(nhsNumber, id)).length > 0,
  );
  mustBe('EPS-Y04 what waits is offered', leads.length, 1);
}

/** The locator leads to it. */
function found({ world }: Ended, { id, nhsNumber }: Prescription): void {
  mustBe('EPS-Y05 the locator leads to it', world.records(PRESCRIPTION_LOCATION, id), [nhsNumber]);
}

const NOTED: Readonly<Record<Acted['kind'], RegExp>> = {
  order: /^order$/,
  cancel: /^cancel/,
  release: /^release$/,
  return: /^return$/,
  dispense: /^dispense/,
  withdraw: /^withdraw$/,
  claim: /^claim/,
};

/** Done is in the log exactly once; refused is not in it at all. A cancellation is written down either way. */
function toldTruly(ended: Ended, { kind, messageId, n, status }: Acted): void {
  const log = ended.stored(n)?.log ?? [];
  const noted = log.filter((entry) => entry.messageId === messageId && NOTED[kind].test(entry.event)).length;
  const wanted = kind === 'cancel' || status === 200 ? 1 : 0;
  mustBe(`EPS-Y06 ${kind} told ${status} is in the log ${wanted} times`, noted, wanted);
}

/** Nothing is owed to anybody any more, and nothing was given up. */
function atRest({ world }: Ended): void {
  mustBe('EPS-Y07 nothing is owed', world.owed(), []);
  mustBe('EPS-Y08 nothing failed', [...world.failures], []);
}
