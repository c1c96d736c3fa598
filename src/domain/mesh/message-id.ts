/**
 * Message ids: `yyyyMMddHHmmssffffff_SSSRRR`, time to the microsecond, then the shard in three hexadecimal digits and
 * three of chance. The time part strictly rises within a shard, so an id is never given twice and sorts by its birth.
 */
const ID = /^(\d{20})_([0-9A-F]{3})[0-9A-F]{3}$/;

/** Largest number of shards an id can carry. */
export const SHARDS_MAX = 4_096;

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `yyyyMMddHHmmssffffff` of a time in microseconds. */
export function stampOf(micros: number): string {
  const milliseconds = Math.floor(micros / 1_000);
  const text = new Date(milliseconds).toISOString();
  const date = text.slice(0, 10).replaceAll('-', '') + text.slice(11, 19).replaceAll(':', '');
  return date + pad(micros - Math.floor(milliseconds / 1_000) * 1_000_000, 6);
}

/** The lower bound of all ids and orders given at or after a time in milliseconds. */
export const stampFrom = (milliseconds: number): string => stampOf(milliseconds * 1_000);

/** The shard an id was given by, or null where the id is not of our making. */
export function shardOfId(messageId: string): number | null {
  const match = ID.exec(messageId);
  return match?.[2] === undefined ? null : parseInt(match[2], 16);
}

/** Gives strictly rising stamps; `floor`: milliseconds up to which stamps may have been given before. */
export class Stamps {
  #last: number;

  constructor(floor: number) {
    this.#last = floor * 1_000;
  }

  next(now: number): string {
    this.#last = Math.max(now * 1_000, this.#last + 1);
    return stampOf(this.#last);
  }
}

export const messageIdOf = (stamp: string, shard: number, chance: string): string =>
  `${stamp}_${shard.toString(16).toUpperCase().padStart(3, '0')}${chance.slice(0, 3)}`;
