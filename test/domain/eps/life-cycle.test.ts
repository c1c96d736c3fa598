import { describe, expect, test } from 'vitest';
import { ITEM_MOVES, ITEMS_ALLOWED } from '../../../src/domain/eps/statuses.ts';
import { queueOf } from '../../../src/domain/eps/prescription.ts';
import { DAY, Life, NHS, PHARMACY, START, facts, outcomeOf, repeatable } from './life.ts';

describe('order', () => {
  test('EPS-O01 an order begins to be dispensed, its items too, and enters the queue of the one nominated', () => {
    const life = new Life().order();
    expect(life.status).toBe('0001');
    expect(life.items()).toEqual(['0007', '0007']);
    expect(life.queued).toEqual([`enqueue ${PHARMACY}`]);
    expect(life.state?.log).toMatchObject([{ event: 'order', from: null, to: '0001', organization: 'A83008' }]);
    expect(new Life().order(unnominated()).queued).toEqual([]);
  });

  test('EPS-O02 an order that begins more than a day ahead waits', () => {
    expect(new Life().order(facts({ effectiveAt: START + DAY })).status).toBe('0001');
    const future = new Life().order(facts({ effectiveAt: START + DAY + 1 }));
    expect(future.status).toBe('9001');
    expect(future.queued).toEqual([]);
    expect(outcomeOf(future.release())).toBe('RESOURCE_NOT_FOUND');
  });

  test('EPS-O03 a prescription id is taken for good; the same message again is answered again', () => {
    const life = new Life().order();
    const again = { name: 'place-order', order: facts(), patient: { deceased: false } } as const;
    expect(life.decide(again).kind).toBe('unchanged');
    expect(life.refused({ ...again, order: facts({ messageId: 'order-2' }) })).toBe('DUPLICATE_PRESCRIPTION_ID');
  });

  test('EPS-O04 nothing is ordered for the dead, nor without items, nor too many, nor the same item twice', () => {
    const place = (order: ReturnType<typeof facts>, deceased = false) =>
      new Life().refused({ name: 'place-order', order, patient: { deceased } });
    const item = (id: string) => ({ id, medication: { code: '1' } });
    expect(place(facts(), true)).toBe('PATIENT_DECEASED');
    expect(place(facts({ items: [] }))).toBe('INVALID_NUMBER_MEDICATIONREQUESTS');
    expect(place(facts({ items: ['a', 'b', 'c', 'd', 'e'].map(item) }))).toBe('INVALID_NUMBER_MEDICATIONREQUESTS');
    expect(place(facts({ items: [item('a'), item('a')] }))).toBe('DUPLICATE_MEDICATIONREQUEST_ID');
    expect(place(repeatable(100))).toBe('INVALID_REPEAT_COUNT');
    expect(new Life().order(repeatable(99)).state?.issues).toHaveLength(99);
  });

  test('EPS-O05 an order that is past its validity when it comes is stored, and expired at once', () => {
    const life = new Life().order(facts({ effectiveAt: Date.parse('2022-01-01T00:00:00Z') }));
    expect(life.status).toBe('0004');
    expect(outcomeOf(life.release())).toBe('PRESCRIPTION_EXPIRED');
  });
});

describe('release', () => {
  test('EPS-R01 a release hands the prescription to one dispenser; whoever comes later is told that it has gone', () => {
    const life = new Life().order();
    expect(JSON.parse(life.done(releaseBy('VN6XW')).body)).toEqual({
      issue: 1,
      items: [{ status: '0007' }, { status: '0007' }],
      nominated: PHARMACY,
    });
    expect(life.status).toBe('0002');
    expect(life.items()).toEqual(['0008', '0008']);
    expect(life.issue(1).dispenser?.ods).toBe('VN6XW');
    expect(outcomeOf(life.release('id', 'FH542'))).toBe('PRESCRIPTION_WITH_ANOTHER_DISPENSER');
    expect(outcomeOf(life.release('id', 'VN6XW'))).toBe('PRESCRIPTION_WITH_ANOTHER_DISPENSER');
  });

  test('EPS-R02 out of a queue a prescription goes only to the dispenser that is nominated now', () => {
    const life = new Life().order();
    expect(outcomeOf(life.release('nomination', 'FH542'))).toBe('RESOURCE_NOT_FOUND');
    expect(outcomeOf(life.release('nomination'))).toBe('accepted');
    expect(life.state?.log.at(-1)?.event).toBe('nominated-release');
  });

  test.each([
    ['0004', 'PRESCRIPTION_EXPIRED', (life: Life) => life.tick(START + 200 * DAY)],
    ['0005', 'PRESCRIPTION_CANCELLED', (life: Life) => [life.cancel('item-a'), life.cancel('item-b')]],
    ['0006', 'PRESCRIPTION_DISPENSED', (life: Life) => [life.release(), life.dispense('0006', ['0001', '0001'])]],
    ['0007', 'PRESCRIPTION_DISPENSED', (life: Life) => [life.release(), life.dispense('0007', ['0002', '0002'])]],
    [
      '0003',
      'PRESCRIPTION_WITH_ANOTHER_DISPENSER',
      (life: Life) => [life.release(), life.dispense('0003', ['0001', '0008'])],
    ],
  ] as const)('EPS-R03 who asks for a prescription in state %s is told %s', (status, code, live) => {
    const life = new Life().order();
    live(life);
    expect(life.status).toBe(status);
    expect(outcomeOf(life.release())).toBe(code);
    expect(outcomeOf(new Life().release())).toBe('RESOURCE_NOT_FOUND');
  });

  test('EPS-R04 a return brings it back without its nomination, so it enters no queue again', () => {
    const life = new Life().order();
    life.release('nomination');
    expect(outcomeOf(life.returned())).toBe('accepted');
    expect(life.status).toBe('0001');
    expect(life.items()).toEqual(['0007', '0007']);
    expect(life.issue(1).dispenser).toBeUndefined();
    expect(life.state).toMatchObject({ formerNominations: [PHARMACY] });
    expect(queueOf(life.state)).toBeNull();
    expect(life.queued).toEqual([`enqueue ${PHARMACY}`]);
    expect(outcomeOf(life.release('nomination'))).toBe('RESOURCE_NOT_FOUND');
    expect(outcomeOf(life.release('id', 'FH542'))).toBe('accepted');
  });

  test('EPS-R05 only what a dispenser holds and has not begun can be returned', () => {
    const life = new Life().order();
    expect(outcomeOf(life.returned())).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
    life.release();
    life.dispense('0003', ['0001', '0008']);
    expect(outcomeOf(life.returned())).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
    expect(outcomeOf(new Life().returned())).toBe('PRESCRIPTION_NOT_FOUND');
  });

  test('EPS-R06 the return that the service itself makes touches only what the same release took', () => {
    const life = new Life().order();
    life.release('id', PHARMACY, 'release-x');
    expect(outcomeOf(life.returned({ releaseId: 'release-y' }))).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
    expect(outcomeOf(life.returned({ releaseId: 'release-x' }))).toBe('accepted');
  });

  test('EPS-Q03 what a release took whose answer never went out is handed to a later one of the same dispenser', () => {
    const life = new Life().order();
    life.release('nomination', PHARMACY, 'lost');
    expect(outcomeOf(life.release('nomination', 'FH542', 'other', ['lost']))).toBe('RESOURCE_NOT_FOUND');
    expect(outcomeOf(life.release('nomination', PHARMACY, 'next', ['another']))).toBe(
      'PRESCRIPTION_WITH_ANOTHER_DISPENSER',
    );
    const handed = life.release('nomination', PHARMACY, 'next', ['another', 'lost']);
    expect(handed.kind === 'accepted' && JSON.parse(handed.reply.body)).toMatchObject({
      items: [{ status: '0007' }, { status: '0007' }],
    });
    expect(life.issue(1).releaseId).toBe('next');
  });
});

describe('dispense', () => {
  const held = () => {
    const life = new Life().order();
    life.release();
    return life;
  };

  test('EPS-D01 a notification carries the prescription and each item where it says', () => {
    const life = held();
    expect(outcomeOf(life.dispense('0003', ['0001', '0003']))).toBe('accepted');
    expect([life.status, life.items()]).toEqual(['0003', ['0001', '0003']]);
    expect(outcomeOf(life.dispense('0006', ['0001', '0001']))).toBe('accepted');
    expect([life.status, life.items()]).toEqual(['0006', ['0001', '0001']]);
    const none = held();
    expect(outcomeOf(none.dispense('0007', ['0002', '0002']))).toBe('accepted');
    expect(none.status).toBe('0007');
  });

  test('EPS-D02 every ordered item is told and no other; several lines of one item agree', () => {
    const life = held();
    expect(outcomeOf(life.dispense('0006', ['0001']))).toBe('MEDICATIONREQUEST_NOT_FOUND');
    expect(outcomeOf(life.dispense('0006', ['0001', '0001'], { ids: ['item-a', 'item-x'] }))).toBe(
      'MEDICATIONREQUEST_NOT_FOUND',
    );
    const torn = life.dispense('0003', ['0001', '0001', '0003'], { ids: ['item-a', 'item-b', 'item-b'] });
    expect(outcomeOf(torn)).toBe('MEDICATIONREQUEST_INVALID_STATE_TRANSITION');
    const split = life.dispense('0006', ['0001', '0001', '0001'], { ids: ['item-a', 'item-b', 'item-b'] });
    expect(outcomeOf(split)).toBe('accepted');
  });

  test('EPS-D03 an item moves only as items can, and into what the state of the whole allows', () => {
    const finished = held();
    finished.dispense('0003', ['0001', '0008']);
    expect(outcomeOf(finished.dispense('0003', ['0003', '0001']))).toBe('MEDICATIONREQUEST_INVALID_STATE_TRANSITION');
    expect(outcomeOf(held().dispense('0006', ['0001', '0003']))).toBe('MEDICATIONREQUEST_INVALID_STATE_TRANSITION');
    expect(outcomeOf(held().dispense('0007', ['0001', '0002']))).toBe('MEDICATIONREQUEST_INVALID_STATE_TRANSITION');
    for (const [from, moves] of Object.entries(ITEM_MOVES)) {
      for (const to of moves) expect([...ITEMS_ALLOWED['0003'], from]).toContain(to);
    }
  });

  test('EPS-D04 only what a dispenser holds can be dispensed, and only into the states that a notification may tell', () => {
    expect(outcomeOf(new Life().order().dispense('0006', ['0001', '0001']))).toBe(
      'PRESCRIPTION_INVALID_STATE_TRANSITION',
    );
    expect(outcomeOf(held().dispense('0001', ['0001', '0001']))).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
    const done = held();
    done.dispense('0006', ['0001', '0001']);
    expect(outcomeOf(done.dispense('0006', ['0001', '0001']))).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
    expect(outcomeOf(new Life().dispense('0006', []))).toBe('PRESCRIPTION_NOT_FOUND');
  });

  test('EPS-D05 an amendment replaces the last notification and starts from what was before it', () => {
    const life = held();
    life.dispense('0003', ['0001', '0008'], { messageId: 'first' });
    life.dispense('0006', ['0001', '0001'], { messageId: 'second' });
    const wrong = life.dispense('0003', ['0001', '0003'], { replaces: 'first' });
    expect(outcomeOf(wrong)).toBe('DISPENSE_AMEND_IDENTIFIER_MISMATCH');
    expect(outcomeOf(life.dispense('0003', ['0001', '0003'], { replaces: 'second', messageId: 'mended' }))).toBe(
      'accepted',
    );
    expect([life.status, life.items()]).toEqual(['0003', ['0001', '0003']]);
    expect(life.issue(1).notifications.map(({ id }) => id)).toEqual(['first', 'mended']);
    expect(life.issue(1).pastNotifications).toMatchObject([{ id: 'second', ended: 'amended' }]);
    // What the amended notification was based on stays the base.
    expect(outcomeOf(life.dispense('0003', ['0002', '0008'], { replaces: 'mended' }))).toBe(
      'MEDICATIONREQUEST_INVALID_STATE_TRANSITION',
    );
  });

  test('EPS-D06 a withdrawal takes the last notification back, then the one before it', () => {
    const life = held();
    life.dispense('0003', ['0001', '0008'], { messageId: 'first' });
    life.dispense('0006', ['0001', '0001'], { messageId: 'second' });
    expect(outcomeOf(life.withdraw('first'))).toBe('DISPENSE_AMEND_IDENTIFIER_MISMATCH');
    expect(outcomeOf(life.withdraw('second'))).toBe('accepted');
    expect([life.status, life.items()]).toEqual(['0003', ['0001', '0008']]);
    expect(outcomeOf(life.withdraw('first'))).toBe('accepted');
    expect([life.status, life.items()]).toEqual(['0002', ['0008', '0008']]);
    expect(outcomeOf(life.withdraw('first'))).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
  });

  test('EPS-D07 the same message again changes nothing', () => {
    const life = held();
    life.dispense('0003', ['0001', '0008'], { messageId: 'once' });
    expect(life.dispense('0003', ['0001', '0008'], { messageId: 'once' }).kind).toBe('unchanged');
    expect(life.issue(1).notifications).toHaveLength(1);
  });
});

describe('claim', () => {
  const dispensed = () => {
    const life = new Life().order();
    life.release();
    life.dispense('0006', ['0001', '0001']);
    return life;
  };

  test('EPS-L01 what was dispensed, or was not, can be claimed for once', () => {
    const life = dispensed();
    expect(outcomeOf(life.claim({ id: 'claim' }))).toBe('accepted');
    expect(life.status).toBe('0008');
    expect(life.claim({ id: 'claim' }).kind).toBe('unchanged');
    expect(outcomeOf(life.claim())).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
    const none = new Life().order();
    none.release();
    none.dispense('0007', ['0002', '0002']);
    expect(outcomeOf(none.claim())).toBe('accepted');
  });

  test('EPS-L02 a claim before the dispensing, for another item or another prescription is refused', () => {
    const life = new Life().order();
    life.release();
    expect(outcomeOf(life.claim())).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
    expect(outcomeOf(dispensed().claim({ items: ['item-x'] }))).toBe('MEDICATIONREQUEST_NOT_FOUND');
    expect(outcomeOf(new Life().claim())).toBe('PRESCRIPTION_NOT_FOUND');
  });

  test('EPS-L03 a claim is amended by its own id, until the fifth of the following month', () => {
    const life = dispensed();
    life.claim({ id: 'claim' });
    expect(outcomeOf(life.claim({ replaces: 'other' }))).toBe('DISPENSE_AMEND_IDENTIFIER_MISMATCH');
    expect(outcomeOf(life.claim({ replaces: 'claim', id: 'mended' }))).toBe('accepted');
    expect(life.issue(1).claims.map(({ id }) => id)).toEqual(['mended']);
    life.now = Date.parse('2026-04-05T23:59:59Z');
    expect(outcomeOf(life.claim({ replaces: 'mended', id: 'late' }))).toBe('accepted');
    life.now = Date.parse('2026-05-06T00:00:00Z');
    expect(outcomeOf(life.claim({ replaces: 'late' }))).toBe('CLAIM_AMEND_PERIOD_ISSUE');
  });
});

const releaseBy = (ods: string) => ({ name: 'release', by: 'id', releaseId: 'release-1', dispenser: { ods } }) as const;

function unnominated() {
  const { nominated: _pharmacy, ...rest } = facts({ siteType: '0004' });
  return rest;
}

test('EPS-Q01 a queue is told of what enters and leaves it, but for what its own dispenser took', () => {
  const byId = new Life().order();
  byId.release('id', 'FH542');
  expect(byId.queued).toEqual([`enqueue ${PHARMACY}`, `dequeue ${PHARMACY}`]);
  const cancelled = new Life().order();
  cancelled.cancel('item-a');
  cancelled.cancel('item-b');
  expect(cancelled.queued).toEqual([`enqueue ${PHARMACY}`, `dequeue ${PHARMACY}`]);
  const expired = new Life().order().tick(START + 190 * DAY);
  expect(expired.queued).toEqual([`enqueue ${PHARMACY}`, `dequeue ${PHARMACY}`]);
  const [entry] = byId.outbox;
  expect(JSON.parse(entry?.payload ?? '')).toEqual({
    ods: PHARMACY,
    id: '24F5DA-A83008-7EFE6',
    nhsNumber: NHS,
    at: START,
  });
});
