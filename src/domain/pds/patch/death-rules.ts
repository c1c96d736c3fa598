/** Death: date and notification status come together, are never taken back, and a formal one is not for this interface. */
import { dayOf } from '../../../fhir/dates.ts';
import { DEATH_NOTIFICATION } from '../../../fhir/pds-extensions.ts';
import type { PdsRefusal } from '../refusals.ts';
import { forbiddenUpdate, invalidUpdate } from '../refusals.ts';
import { dateTimeOf, isDateTime } from './calendar.ts';
import { DEATH_NOTIFICATION_STATUS } from './coded-values.ts';
import type { Json, JsonObject } from './json.ts';
import { equalJson, itemsOf, memberOf } from './json.ts';
import type { ItemChange, ListChange } from './list-changes.ts';
import { isBefore } from './simple-rules.ts';
import type { PartCheck } from './sub-extensions.ts';
import { checkParts, codedPart, codeOf, partOf } from './sub-extensions.ts';
import { invalid, unsupportedValue } from './value-checks.ts';

export interface DeathChanges {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly extensions: ListChange | null;
  readonly now: number;
}

const isNotification = (item: Json): boolean => memberOf(item, 'url') === DEATH_NOTIFICATION;
const statusOf = (notification: Json | undefined): Json | undefined =>
  codeOf(partOf(notification, 'deathNotificationStatus'));
const isStanding = (status: Json | undefined): boolean => status !== undefined && status !== 'U';

/** Checks everything about death that the patch touches; sets the effective date of a status that it sets. */
export function checkDeath(changes: DeathChanges): PdsRefusal | null {
  const { before, after, extensions, now } = changes;
  const isDateChanged = !equalJson(before['deceasedDateTime'], after['deceasedDateTime']);
  const notices = (extensions?.changes ?? []).filter(({ item }) => isNotification(item));
  const removed = (extensions?.removed ?? []).filter(isNotification);
  if (!isDateChanged && notices.length === 0 && removed.length === 0) return null;
  return (
    (after['deceasedDateTime'] === undefined && isDateChanged ? removalOf('deceasedDateTime') : null) ??
    checkPermission(changes, removed.length > 0) ??
    firstRefusal(notices, (notice) => checkNotice(notice, now)) ??
    (isDateChanged ? checkDate(after['deceasedDateTime'] ?? null) : null) ??
    checkPairing(changes) ??
    (isDateChanged ? checkSequence(after, now) : null)
  );
}

const removalOf = (what: string): PdsRefusal => forbiddenUpdate(`source not permitted to remove '${what}'`);

function firstRefusal(
  notices: readonly ItemChange[],
  check: (notice: ItemChange) => PdsRefusal | null,
): PdsRefusal | null {
  for (const notice of notices) {
    const refusal = check(notice);
    if (refusal !== null) return refusal;
  }
  return null;
}

function checkPermission({ before, extensions }: DeathChanges, isRemoved: boolean): PdsRefusal | null {
  const countOf = (items: readonly Json[]): number => items.filter(isNotification).length;
  if (extensions !== null && countOf(extensions.after) > 1 && countOf(extensions.after) > countOf(extensions.before)) {
    return invalidUpdate('cannot add multiple death notification states');
  }
  if (statusOf(itemsOf(before['extension']).find(isNotification)) === '2') {
    return forbiddenUpdate('source not permitted to update death details when Death Notification Status is formal');
  }
  return isRemoved ? removalOf('deathNotificationStatus') : null;
}

const checkStatus = codedPart(DEATH_NOTIFICATION_STATUS, (code, path) => {
  if (code === '2') return forbiddenUpdate('source not permitted to set a formal death notification status');
  return code === 'U' ? unsupportedValue(code, path) : null;
});

/** The client may send back the date it read; what is kept is the moment of this update. */
const checkEffectiveDate: PartCheck = (part, path) => {
  const value = memberOf(part, 'valueDateTime') ?? null;
  return isDateTime(value)
    ? { url: 'systemEffectiveDate', valueDateTime: value }
    : invalid(value, `${path}/valueDateTime`);
};

function checkNotice({ item, path }: ItemChange, now: number): PdsRefusal | null {
  const refusal = checkParts(item, path, {
    deathNotificationStatus: checkStatus,
    systemEffectiveDate: checkEffectiveDate,
  });
  if (refusal !== null) return refusal;
  const status = partOf(item, 'deathNotificationStatus');
  if (status === undefined) return removalOf('deathNotificationStatus');
  item['extension'] = [status, { url: 'systemEffectiveDate', valueDateTime: dateTimeOf(now) }];
  return null;
}

const checkDate = (died: Json): PdsRefusal | null => (isDateTime(died) ? null : invalid(died, 'deceasedDateTime'));

function checkPairing({ before, after, extensions }: DeathChanges): PdsRefusal | null {
  const stored = itemsOf(before['extension']);
  const wasNotified = isStanding(statusOf(stored.find(isNotification)));
  const isNotified = isStanding(statusOf((extensions?.after ?? stored).find(isNotification)));
  const died = after['deceasedDateTime'] !== undefined;
  if (died && before['deceasedDateTime'] === undefined && !isNotified) {
    return invalidUpdate('when adding a deceased date, a death notification status must also be supplied');
  }
  return isNotified && !wasNotified && !died
    ? invalidUpdate('when adding a death notification status, a deceased date must also be supplied')
    : null;
}

function checkSequence(after: JsonObject, now: number): PdsRefusal | null {
  const died = String(after['deceasedDateTime']);
  const latest = died.length > 10 ? dateTimeOf(now).slice(0, 19) : dayOf(now);
  if (died.slice(0, 19) > latest) return invalidUpdate('deceased date cannot be in the future');
  const born = after['birthDate'];
  return typeof born === 'string' && isBefore(died, born)
    ? invalidUpdate('deceased date cannot be before the birth date')
    : null;
}
