import { describe, expect, test } from 'vitest';
import { costMarkdown } from '../../bench/cost/cost-text.ts';
import {
  gigabyteSeconds,
  KINDS,
  LOADS,
  perMillion,
  perTransaction,
  SHARDS,
  SHARES,
  yearCost,
} from '../../bench/cost/model.ts';
import { readPrices } from '../../bench/cost/prices.ts';
import { USE } from './used.ts';

const prices = readPrices();

describe('the bill', () => {
  test('BEN-08 a million reads alone: request 0.30, actor request 0.15, row 1.00, CPU 0.02, rows read 0.01', () => {
    expect(perMillion('read', USE, 'alone', prices)).toBeCloseTo(1.48, 5);
    // A change alone: 3 rows and an alarm's at 1.00, two actor requests, 2 ms, and 2.6 rows of D1.
    expect(perMillion('change', USE, 'alone', prices)).toBeCloseTo(0.3 + 0.3 + 4 + 0.04 + 0.01 + 2.6, 5);
  });

  test('BEN-08 what the plan includes is not billed, and lines add up to the year', () => {
    const small = yearCost({ name: 'small', transactions: 1_200_000 }, USE, 'alone', prices);
    const line = (label: string) => small.lines.find((one) => one.label === label);
    expect(line('Worker requests')).toEqual({ label: 'Worker requests', quantity: 1_200_000, usd: 0 });
    expect(line('Subscription')?.usd).toBe(60);
    const [launch = small.load] = LOADS;
    const year = yearCost(launch, USE, 'alone', prices);
    const total = year.lines.reduce((sum, { usd }) => sum + usd, 0);
    expect(year.usd).toBeCloseTo(total, 6);
    expect(year.usdPerMillion).toBeCloseTo(total / 2600, 6);
    const requests = year.lines.find(({ label }) => label === 'Worker requests');
    expect(requests?.usd).toBeCloseTo(((2.6e9 - 120e6) / 1e6) * 0.3, 3);
    // 80 M people at 4,000 bytes in D1: 320 GB, 5 of them included, 12 months at 0.75.
    const d1 = year.lines.find(({ label }) => label.startsWith('D1 storage'));
    expect(d1?.usd).toBeCloseTo(315 * 12 * 0.75, 3);
  });

  test('BEN-08 shares are a whole, and sharing a turn never costs more', () => {
    expect(KINDS.reduce((sum, kind) => sum + SHARES[kind], 0)).toBeCloseTo(1, 9);
    for (const load of LOADS) {
      expect(yearCost(load, USE, 'loaded', prices).usd).toBeLessThan(yearCost(load, USE, 'alone', prices).usd);
    }
    expect(perTransaction('read', USE.kinds.alone.read, 'alone').d1RowsWritten).toBe(0);
  });

  test('BEN-09 duration grows with load, slower than load, and ends at all shards all year', () => {
    const all = SHARDS * 0.128 * 365.25 * 86_400;
    const [launch = 0, today = 0, tenTimes = 0] = LOADS.map(({ transactions }) =>
      gigabyteSeconds(transactions, SHARDS),
    );
    expect(launch).toBeLessThan(today);
    expect(today).toBeLessThan(tenTimes);
    expect(tenTimes).toBeLessThan(today * 10);
    expect(gigabyteSeconds(1e13, SHARDS) / all).toBeCloseTo(1, 3);
  });

  test('BEN-10 every price has its measure, and the file its dates and sources', () => {
    expect(prices.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(prices.readOn >= prices.asOf).toBe(true);
    expect(Object.values(prices.sources).length).toBeGreaterThan(2);
    for (const source of Object.values(prices.sources))
      expect(source).toMatch(/^https:\/\/developers\.cloudflare\.com\//);
    for (const { per, usd, includedPerMonth } of Object.values(prices.lines)) {
      expect([per > 0, usd > 0, includedPerMonth >= 0]).toEqual([true, true, true]);
    }
  });

  test('BEN-10 the page tells date, sources, both currencies and the figure it stands beside', () => {
    const page = costMarkdown(USE, prices);
    for (const part of [
      prices.asOf,
      prices.readOn,
      '£ a year',
      '$ a year',
      '£21 M',
      ...Object.values(prices.sources),
    ]) {
      expect(page).toContain(part);
    }
    for (const { name } of LOADS) expect(page).toContain(name);
  });
});
