import { describe, expect, test } from 'vitest';
import { Life, PHARMACY, facts, outcomeOf, repeatable } from './life.ts';

describe('cancel', () => {
  test('EPS-C01 an item that nobody has taken is cancelled; with the last one the whole is', () => {
    const life = new Life().order();
    expect(life.cancel('item-a')).toBe('R-0001');
    expect([life.status, life.items()]).toEqual(['0001', ['0005', '0007']]);
    expect(life.issue(1).items[0]?.cancelReason).toBe('0001');
    expect(life.cancel('item-b')).toBe('R-0001');
    expect([life.status, life.items()]).toEqual(['0005', ['0005', '0005']]);
  });

  test('EPS-C02 the order bears the cancelled item to the dispenser, who dispenses the others', () => {
    const life = new Life().order();
    life.cancel('item-a');
    life.release();
    expect(life.items()).toEqual(['0005', '0008']);
    expect(outcomeOf(life.dispense('0006', ['0001', '0001']))).toBe('MEDICATIONREQUEST_INVALID_STATE_TRANSITION');
    expect(outcomeOf(life.dispense('0006', ['0005', '0001']))).toBe('accepted');
  });

  test('EPS-C03 what a dispenser holds is marked: told so, and cancelled when it comes back', () => {
    const life = new Life().order();
    life.release();
    expect(life.cancel('item-a')).toBe('R-0002');
    expect(life.items()).toEqual(['0008', '0008']);
    life.returned();
    expect([life.status, life.items()]).toEqual(['0001', ['0005', '0007']]);
    expect(life.state?.pending).toEqual([]);
    expect(life.state?.log.map(({ event }) => event)).toContain('subsequent-cancellation');
  });

  test('EPS-C04 once dispensing has begun the answer is another, and what is dispensed drops the mark', () => {
    const life = new Life().order();
    life.release();
    life.dispense('0003', ['0001', '0003']);
    expect(life.cancel('item-b')).toBe('R-0003');
    expect(life.state?.pending).toHaveLength(1);
    life.dispense('0006', ['0001', '0001']);
    expect(life.state?.pending).toEqual([]);
    expect(life.items()).toEqual(['0001', '0001']);
  });

  test('EPS-C05 what is over cannot be cancelled, and the answer says why', () => {
    const dispensed = new Life().order();
    dispensed.release();
    dispensed.dispense('0006', ['0001', '0002']);
    expect([dispensed.cancel('item-a'), dispensed.cancel('item-b')]).toEqual(['R-0004', 'R-0010']);
    const cancelled = new Life().order();
    cancelled.cancel('item-a');
    expect(cancelled.cancel('item-a')).toBe('R-0006');
    const expired = new Life().order(facts({ effectiveAt: 0 }));
    expect(expired.cancel('item-a')).toBe('R-0005');
    expect(new Life().order().cancel('item-x')).toBe('R-0008');
  });

  test('EPS-C06 a second organisation is told that another asked; the same one is not stored twice', () => {
    const life = new Life().order();
    life.release();
    expect(life.cancel('item-a', 'A83008')).toBe('R-0002');
    expect(life.cancel('item-a', 'A83008')).toBe('R-0002');
    expect(life.cancel('item-a', 'A99968')).toBe('R-0007');
    expect(life.state?.pending).toHaveLength(1);
    expect(life.cancel('item-b', 'A99968')).toBe('R-0002');
  });

  test('EPS-C07 the same message again is told what it was told', () => {
    const life = new Life().order();
    expect(life.cancel('item-a', 'A83008', { messageId: 'once' })).toBe('R-0001');
    const { version } = life;
    expect(life.cancel('item-a', 'A83008', { messageId: 'once' })).toBe('R-0001');
    expect(life.version).toBe(version);
  });

  test('EPS-C08 a cancellation before the order is kept; the order is taken, and cancelled at once', () => {
    const life = new Life();
    expect(life.cancel('item-a')).toBe('R-0008');
    expect(life.state).toBeNull();
    expect(life.cancel('item-a', 'A83008', { mayPlace: true })).toBe('R-0008');
    expect(life.status).toBe('9005');
    expect(outcomeOf(life.release())).toBe('RESOURCE_NOT_FOUND');
    life.order();
    expect([life.status, life.items()]).toEqual(['0001', ['0005', '0007']]);
    const whole = new Life();
    whole.cancel('item-a', 'A83008', { mayPlace: true });
    whole.cancel('item-b', 'A83008', { mayPlace: true });
    whole.order();
    expect(whole.status).toBe('0005');
    expect(whole.queued).toEqual([]);
    expect(outcomeOf(whole.release())).toBe('PRESCRIPTION_CANCELLED');
  });

  test('EPS-C09 a cancellation acts on the current and all later issues', () => {
    const life = new Life().order(repeatable(3));
    life.release('nomination');
    life.dispense('0006', ['0001', '0001'], { issue: 1 });
    expect(life.cancel('item-a')).toBe('R-0001');
    expect([life.items(1), life.items(2), life.items(3)]).toEqual([
      ['0001', '0001'],
      ['0005', '0007'],
      ['0005', '0007'],
    ]);
  });

  test('EPS-C10 a mark that came too late for the issue in hand is carried out on the later ones', () => {
    const life = new Life().order(repeatable(2));
    life.release('nomination', PHARMACY);
    expect([life.cancel('item-a'), life.cancel('item-b')]).toEqual(['R-0002', 'R-0002']);
    life.dispense('0006', ['0001', '0001'], { issue: 1 });
    expect(life.issue(1).status).toBe('0006');
    expect(life.issue(2).status).toBe('0005');
    expect(outcomeOf(life.release())).toBe('PRESCRIPTION_CANCELLED');
  });
});
