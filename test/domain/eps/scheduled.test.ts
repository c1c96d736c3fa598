import { describe, expect, test } from 'vitest';
import { nextActivity } from '../../../src/domain/eps/activity.ts';
import { addMonths, claimPeriodEnd } from '../../../src/domain/eps/periods.ts';
import { prescription } from '../../../src/domain/eps/prescription.ts';
import { DAY, Life, PHARMACY, START, facts, outcomeOf, repeatable } from './life.ts';

const next = (life: Life) => (life.state === null ? null : nextActivity(life.state));

describe('scheduled work', () => {
  test('EPS-S01 every prescription has one next activity, and stands in the list of them at its time', () => {
    const life = new Life().order();
    expect(next(life)).toEqual({ activity: 'expire', at: Date.parse('2026-09-10T09:00:00Z') });
    const places = life.state === null ? [] : (prescription.lists?.(life.state) ?? []);
    expect(places).toContainEqual({
      list: 'rx-next',
      position: String(Date.parse('2026-09-10T09:00:00Z')).padStart(15, '0'),
      note: 'expire',
    });
    expect(places.map(({ list }) => list)).toEqual(['rx/9000000009', 'rx-next']);
  });

  test('EPS-S02 a prescription of the future is ready at its hour and enters the queue then', () => {
    const life = new Life().order(facts({ effectiveAt: START + 5 * DAY }));
    expect(next(life)).toEqual({ activity: 'ready', at: START + 5 * DAY });
    life.tick(START + 5 * DAY - 1);
    expect(life.status).toBe('9001');
    life.tick(START + 5 * DAY);
    expect(life.status).toBe('0001');
    expect(life.queued).toEqual([`enqueue ${PHARMACY}`]);
  });

  test('EPS-S03 six months after its date a prescription expires, its items too', () => {
    const waiting = new Life().order().tick(addMonths(START, 6));
    expect([waiting.status, waiting.items()]).toEqual(['0004', ['0006', '0006']]);
    const held = new Life().order();
    held.release();
    held.tick(addMonths(START, 6));
    expect([held.status, held.items()]).toEqual(['0004', ['0006', '0006']]);
    expect(addMonths(Date.parse('2026-08-31T10:00:00Z'), 6)).toBe(Date.parse('2027-02-28T10:00:00Z'));
  });

  test('EPS-S04 what was begun lasts 180 days after the last dispensing, and is then what was dispensed of it', () => {
    const life = new Life().order();
    life.release();
    life.now = START + 100 * DAY;
    life.dispense('0003', ['0003', '0004']);
    expect(next(life)).toEqual({ activity: 'expire', at: START + 280 * DAY });
    life.tick(START + 280 * DAY);
    expect([life.status, life.items()]).toEqual(['0006', ['0001', '0002']]);
  });

  test('EPS-S05 what nobody claims for within 180 days is not claimed any more', () => {
    const life = new Life().order();
    life.release();
    life.dispense('0006', ['0001', '0001']);
    life.tick(START + 180 * DAY);
    expect(life.status).toBe('0009');
    expect(outcomeOf(life.claim())).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
  });

  test.each([
    ['expired', 90, (life: Life) => life.tick(addMonths(START, 6)), addMonths(START, 6)],
    ['cancelled', 180, (life: Life) => [life.cancel('item-a'), life.cancel('item-b')], START],
    ['claimed', 36, (life: Life) => [life.release(), life.dispense('0006', ['0001', '0001']), life.claim()], START],
    ['not dispensed', 30, (life: Life) => [life.release(), life.dispense('0007', ['0002', '0002'])], START],
  ] as const)(
    'EPS-S06 what is %s is deleted after %d days and purged a year after its end',
    (_name, days, live, end) => {
      const life = new Life().order();
      live(life);
      expect(next(life)).toEqual({ activity: 'delete', at: end + days * DAY });
      life.tick(end + days * DAY);
      expect(life.state?.deletedAt).toBe(end + days * DAY);
      expect(outcomeOf(life.release())).toBe('RESOURCE_NOT_FOUND');
      life.tick(end + 365 * DAY);
      expect(life.state).toMatchObject({ purged: true, issues: [], id: '24F5DA-A83008-7EFE6' });
      expect(life.state?.order).toBeUndefined();
      expect(next(life)).toBeNull();
      expect(
        life.refused({ name: 'place-order', order: facts({ messageId: 'new' }), patient: { deceased: false } }),
      ).toBe('DUPLICATE_PRESCRIPTION_ID');
    },
  );

  test('EPS-S07 a late look does what was due in its order and at its own times', () => {
    const life = new Life().order();
    life.now = START + 400 * DAY;
    expect(outcomeOf(life.release())).toBe('RESOURCE_NOT_FOUND');
    life.tick(START + 400 * DAY);
    expect(life.state?.log.map(({ event, at }) => [event, at])).toEqual([
      ['order', START],
      ['expired', addMonths(START, 6)],
      ['deleted', addMonths(START, 6) + 90 * DAY],
    ]);
  });

  test('EPS-S08 a placeholder that no order follows is forgotten after six months', () => {
    const life = new Life();
    life.cancel('item-a', 'A83008', { mayPlace: true });
    expect(next(life)).toEqual({ activity: 'purge', at: addMonths(START, 6) });
    life.tick(addMonths(START, 6));
    expect(life.state?.purged).toBe(true);
  });

  test('EPS-L04 the period of a claim ends with the fifth of the month that follows it, also over the year', () => {
    expect(claimPeriodEnd(Date.parse('2026-12-31T23:00:00Z'))).toBe(Date.parse('2027-01-06T00:00:00Z'));
  });
});

describe('repeat dispensing', () => {
  const PERIOD = 28 * DAY;

  test('EPS-E01 all issues are stored with the order; one is current and the others wait', () => {
    const life = new Life().order(repeatable(3));
    expect(life.state?.issues.map(({ status }) => status)).toEqual(['0001', '9000', '9000']);
    expect(next(life)).toEqual({ activity: 'expire', at: addMonths(START, 12) });
  });

  test('EPS-E02 the next issue waits until seven days before it is due, then enters the queue', () => {
    const life = new Life().order(repeatable(3));
    life.release('nomination');
    life.dispense('0006', ['0001', '0001'], { issue: 1 });
    expect(life.state?.issues.map(({ status }) => status)).toEqual(['0006', '0000', '9000']);
    expect(next(life)).toEqual({ activity: 'ready', at: START + PERIOD - 7 * DAY });
    expect(life.queued).toEqual([`enqueue ${PHARMACY}`]);
    life.tick(START + PERIOD - 7 * DAY);
    expect(life.issue(2).status).toBe('0001');
    expect(life.queued).toEqual([`enqueue ${PHARMACY}`, `enqueue ${PHARMACY}`]);
  });

  test('EPS-E03 an issue that is due when the one before is finished is offered at once', () => {
    const life = new Life().order(repeatable(2));
    life.release('nomination');
    life.now = START + PERIOD;
    life.dispense('0006', ['0001', '0001'], { issue: 1 });
    expect(life.issue(2).status).toBe('0001');
  });

  test('EPS-E04 by its id an issue can be had before it is due', () => {
    const life = new Life().order(repeatable(2));
    life.release('nomination');
    life.dispense('0006', ['0001', '0001'], { issue: 1 });
    expect(outcomeOf(life.release('nomination'))).toBe('RESOURCE_NOT_FOUND');
    const pulled = life.release('id', 'FH542');
    expect(pulled.kind === 'accepted' && JSON.parse(pulled.reply.body)).toMatchObject({ issue: 2 });
    expect(life.issue(2).status).toBe('0002');
  });

  test('EPS-E05 messages mean the issue they name; a claim without one means the last that can be claimed for', () => {
    const life = new Life().order(repeatable(3));
    for (const issue of [1, 2]) {
      life.release('id');
      life.dispense('0006', ['0001', '0001'], { issue, issues: 3 });
    }
    expect(outcomeOf(life.claim({ issue: 1 }))).toBe('accepted');
    expect(outcomeOf(life.claim())).toBe('accepted');
    expect(life.state?.issues.map(({ status }) => status)).toEqual(['0008', '0008', '0000']);
    expect(outcomeOf(life.dispense('0006', ['0001', '0001'], { issue: 3, issues: 7 }))).toBe(
      'MISMATCH_AUTHORISED_REPEAT_COUNT',
    );
  });

  test('EPS-E06 a withdrawal makes a begun issue begun, and takes the next one back to waiting', () => {
    const life = new Life().order(repeatable(2));
    life.release('nomination');
    life.dispense('0006', ['0001', '0001'], { issue: 1, messageId: 'told' });
    expect(outcomeOf(life.withdraw('told', 1))).toBe('accepted');
    expect(life.state?.issues.map(({ status }) => status)).toEqual(['0003', '9000']);
    expect(life.state?.current).toBe(1);
    expect(outcomeOf(life.dispense('0006', ['0001', '0001'], { issue: 1, messageId: 'again' }))).toBe('accepted');
    life.release('id');
    expect(outcomeOf(life.withdraw('again', 1))).toBe('PRESCRIPTION_INVALID_STATE_TRANSITION');
  });

  test('EPS-E07 twelve months after its date the whole expires, later issues too', () => {
    const life = new Life().order(repeatable(3));
    life.release('nomination');
    life.dispense('0006', ['0001', '0001'], { issue: 1 });
    life.tick(addMonths(START, 12));
    expect(life.state?.issues.map(({ status }) => status)).toEqual(['0009', '0004', '0004']);
    expect(outcomeOf(life.release())).toBe('PRESCRIPTION_EXPIRED');
  });

  test('EPS-E08 repeat prescribing has one issue each, whatever it tells of repeats', () => {
    const life = new Life().order(facts({ treatmentType: '0002', repeatsAllowed: 5 }));
    expect(life.state?.issues).toHaveLength(1);
    life.release();
    expect(outcomeOf(life.dispense('0006', ['0001', '0001'], { issue: 4, issues: 9 }))).toBe('accepted');
  });
});
