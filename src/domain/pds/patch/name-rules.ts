/** Names: one usual name for ever, one nickname, the characters PDS can hold, and how it writes titles and given names. */
import type { PdsRefusal } from '../refusals.ts';
import { forbiddenUpdate } from '../refusals.ts';
import type { Json, JsonObject } from './json.ts';
import { itemsOf, memberOf } from './json.ts';
import type { ItemChange, ListChange } from './list-changes.ts';
import { touches } from './list-changes.ts';
import { checkPeriod } from './period-rules.ts';
import { checkMembers, checkOneOf, checkText, invalid, tooMany, unsupportedCharacters } from './value-checks.ts';

const USES = ['usual', 'temp', 'nickname', 'old', 'maiden'];
const MEMBERS = new Set(['id', 'use', 'period', 'given', 'family', 'prefix', 'suffix']);
const CHARACTERS = /^[ '\-.0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]*$/;
const LONGEST = 35;
const MOST_GIVEN = 5;
const TITLES = new Map(
  ['Mr', 'Mrs', 'Ms', 'Dr', 'Rev', 'Sir', 'Lady', 'Lord'].map((title) => [title.toLowerCase(), title]),
);

const useOf = (item: Json | null | undefined): Json | undefined => memberOf(item ?? undefined, 'use');
const countOf = (items: readonly Json[], use: string): number => items.filter((item) => useOf(item) === use).length;

export function checkNames(change: ListChange, today: string): PdsRefusal | null {
  if (change.removed.some((item) => useOf(item) === 'usual'))
    return forbiddenUpdate('not permitted to remove usual name');
  for (const item of change.changes) {
    const refusal = checkName(item, today);
    if (refusal !== null) return refusal;
  }
  return checkUses(change);
}

function checkUses({ before, after, changes }: ListChange): PdsRefusal | null {
  const isMore = (use: string): boolean => countOf(after, use) > 1 && countOf(after, use) > countOf(before, use);
  if (isMore('usual')) return forbiddenUpdate('multiple usual names cannot be added');
  // the texts of the next two are ours: the service's own are not public
  if (isMore('nickname')) return forbiddenUpdate('multiple nicknames cannot be added');
  const isReused = changes.some(({ item, before: stored }) => stored !== null && useOf(item) !== useOf(stored));
  return isReused ? forbiddenUpdate('not permitted to change the use of a name') : null;
}

function checkName(change: ItemChange, today: string): PdsRefusal | null {
  const { item, path } = change;
  return (
    checkMembers(item, MEMBERS) ??
    (touches(change, 'use') ? checkOneOf(memberOf(item, 'use'), USES, `${path}/use`) : null) ??
    (touches(change, 'family') ? checkFamily(item, path) : null) ??
    (touches(change, 'given') ? checkGiven(item, path) : null) ??
    (touches(change, 'prefix') ? checkPrefix(item, path) : null) ??
    (touches(change, 'suffix') ? checkSuffix(item, path) : null) ??
    checkPeriod({
      holder: item,
      before: change.before ?? undefined,
      whole: change.whole,
      path,
      today,
      kind: 'ordinary',
    })
  );
}

function checkPart(text: Json, path: string): PdsRefusal | null {
  if (typeof text !== 'string' || text.length > LONGEST) return invalid(text, path);
  return CHARACTERS.test(text) ? null : unsupportedCharacters(text, path);
}

function checkFamily(item: JsonObject, path: string): PdsRefusal | null {
  const family = memberOf(item, 'family');
  return checkText(family, `${path}/family`) ?? checkPart(family ?? null, `${path}/family`);
}

/** Checks each text of a list; `write` puts the list back as PDS holds it. */
function checkParts(item: JsonObject, member: string, path: string): PdsRefusal | null {
  const list = memberOf(item, member);
  if (list === undefined) return null;
  if (!Array.isArray(list)) return invalid(list, `${path}/${member}`);
  for (const [index, text] of list.entries()) {
    const refusal = checkPart(text, `${path}/${member}/${index}`);
    if (refusal !== null) return refusal;
  }
  return null;
}

const textsOf = (item: JsonObject, member: string): string[] =>
  itemsOf(memberOf(item, member)).filter((text): text is string => typeof text === 'string');

function write(item: JsonObject, member: string, texts: readonly string[]): void {
  const kept = texts.map((text) => text.trim()).filter((text) => text !== '');
  if (kept.length === 0) delete item[member];
  else item[member] = kept;
}

function checkGiven(item: JsonObject, path: string): PdsRefusal | null {
  const given = memberOf(item, 'given');
  if (Array.isArray(given) && given.length > MOST_GIVEN) return tooMany(given, `${path}/given`);
  const refusal = checkParts(item, 'given', path);
  if (refusal !== null) return refusal;
  const [first, ...others] = textsOf(item, 'given');
  write(item, 'given', first === undefined ? [] : [first, ...others.flatMap((text) => text.split(' '))]);
  const split = memberOf(item, 'given');
  return Array.isArray(split) && split.length > MOST_GIVEN ? tooMany(split, `${path}/given`) : null;
}

function checkPrefix(item: JsonObject, path: string): PdsRefusal | null {
  const refusal = checkParts(item, 'prefix', path);
  if (refusal !== null) return refusal;
  const titles = textsOf(item, 'prefix').map((text) => text.trim().replace(/\.+$/, ''));
  for (const [index, title] of titles.entries()) {
    const spelling = TITLES.get(title.toLowerCase());
    if (spelling !== undefined && spelling !== title) return invalid(title, `${path}/prefix/${index}`);
  }
  write(item, 'prefix', titles);
  return null;
}

function checkSuffix(item: JsonObject, path: string): PdsRefusal | null {
  const refusal = checkParts(item, 'suffix', path);
  if (refusal !== null) return refusal;
  for (const [index, suffix] of textsOf(item, 'suffix').entries()) {
    if (suffix.trim() !== '' && !/^[A-Z]/.test(suffix)) return invalid(suffix, `${path}/suffix/${index}`);
  }
  write(item, 'suffix', textsOf(item, 'suffix'));
  return null;
}
