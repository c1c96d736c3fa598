import { describe, expect, test } from 'vitest';
import type { TrialResult } from '../../bench/campaign.ts';
import type { CostRecord } from '../../bench/commands/cost.ts';
import { readPrices } from '../../bench/cost/prices.ts';
import { fingerprint } from '../../bench/fingerprint.ts';
import { percentilePoints } from '../../bench/html/charts.ts';
import { pageOf } from '../../bench/html/page.ts';
import type { Trial } from '../../bench/plan.ts';
import { accepted, type Baseline, compare, readBaseline, type RegressionBound } from '../../bench/regression.ts';
import { reportOf } from '../../bench/report.ts';
import { measurement } from './measurements.ts';
import { USE } from './used.ts';

const trial: Trial = {
  name: 'patch',
  scenario: 'pds-patch',
  baselines: ['bare-write'],
  rounds: 1,
  load: { mode: 'saturate', rate: 1, connections: 1, seconds: 2, warmup: 0 },
};
const results = (ours: number): TrialResult[] => [
  {
    trial,
    skipped: {},
    rounds: { 'pds-patch': [measurement('pds-patch', ours)], 'bare-write': [measurement('bare-write', 100)] },
  },
];
const ratio: RegressionBound = {
  name: 'patch-over-bare',
  trial: 'patch',
  of: 'throughput',
  against: 'bare-write',
  better: 'higher',
  value: 0.8,
  mayLose: 0.1,
};
const slow: RegressionBound = { name: 'slow', trial: 'patch', of: 'p99', better: 'lower', value: 50, mayLose: 0.5 };
const other: RegressionBound = { ...ratio, name: 'other', trial: 'get', value: 3 };
const baseline = (...bounds: RegressionBound[]): Baseline => ({
  format: 1,
  takenAt: 't',
  commit: 'c',
  machine: 'm',
  bounds,
});
const states = (bounds: RegressionBound[], ours: number): string[] =>
  compare(baseline(...bounds), results(ours)).map(({ state }) => state);

describe('regression bounds', () => {
  test('BEN-06 worse by more than it may waver is crossed, to the better and to the edge it is held', () => {
    expect(states([ratio], 72)).toEqual(['held']);
    expect(states([ratio], 71)).toEqual(['crossed']);
    expect(states([ratio], 500)).toEqual(['held']);
    // p99 of the made-up latencies is 99 ms: twice the accepted 50 is worse than half as much again.
    expect(states([slow], 80)).toEqual(['crossed']);
    expect(states([{ ...slow, value: 200 }], 80)).toEqual(['held']);
    expect(states([other, { ...ratio, value: null }], 80)).toEqual(['not measured', 'nothing accepted']);
  });

  test('BEN-07 accepting keeps what was not measured', () => {
    const next = accepted(baseline(ratio, other), results(95), { takenAt: 'now', commit: 'n', machine: 'x' });
    expect(next.bounds.map(({ value }) => value)).toEqual([0.95, 3]);
    expect([next.takenAt, next.format]).toEqual(['now', 1]);
  });

  test('BEN-06 the accepted file names each bound once, with room to waver', () => {
    const { bounds, format } = readBaseline();
    expect(format).toBe(1);
    expect(new Set(bounds.map(({ name }) => name)).size).toBe(bounds.length);
    for (const { mayLose, value } of bounds) {
      expect(mayLose > 0 && mayLose < 1).toBe(true);
      expect(value === null || value > 0).toBe(true);
    }
  });
});

describe('the page', () => {
  const report = reportOf(
    {
      name: 'plan </script><b>',
      trials: [trial],
      bounds: [{ trial: 'patch', of: 'throughput', against: 'bare-write', is: 'at least', value: 1, unit: '×' }],
    },
    fingerprint(['--label', '<i>'], 0),
    results(80),
  );
  const cost: CostRecord = { format: 1, takenAt: 't', commit: 'c', use: USE, prices: readPrices() };
  const scale = {
    format: 1,
    takenAt: 't',
    commit: 'c',
    command: 'x',
    curves: [
      {
        axis: 'patients',
        label: 'patients',
        findings: [{ text: 'too slow', pass: false }],
        points: [
          { at: 1000, figures: { 'get /s': 10, 'RSS MB': null } },
          { at: 2000, figures: { 'get /s': 9, 'RSS MB': 5 } },
        ],
      },
    ],
  } as const;
  const regressions = compare(baseline(ratio), results(60));

  test('BEN-11 nothing is loaded from elsewhere, every chart has its table, and what was crossed can be read', () => {
    const library = { script: '/* plots */', style: '.u{}' };
    const page = pageOf({ report, regressions, scale, cost, library });
    expect(page).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)=/i);
    expect(page).not.toMatch(/url\(|@import|fetch\(/);
    const charts = page.match(/class="plot"/g) ?? [];
    expect(charts.length).toBeGreaterThan(4);
    expect(page.match(/as a table/g)).toHaveLength(charts.length);
    expect(page).toContain('CROSSED');
    expect(page).toContain('MISS: too slow');
    expect(page).not.toContain('<i>');
    expect(page).not.toContain('plan </script>');
    const data = /id="charts">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(data)).toHaveLength(charts.length);
    expect(page.length).toBeLessThan(500_000);
  });

  test('BEN-11 without the plotting library the tables stand open', () => {
    const page = pageOf({ report, regressions: [], scale: null, cost: null, library: null });
    expect(page).toContain('Charts need the package uplot');
    expect(page).not.toContain('<script');
    expect(page.match(/<details open>/g)?.length).toBeGreaterThan(2);
  });

  test('BEN-11 percentiles are drawn by nines, without the tail that one request decides', () => {
    const points = percentilePoints(measurement('x', 1));
    expect(points.get(2)).toBeCloseTo(50, 0);
    expect(points.get(10)).toBeCloseTo(90, 0);
    expect(Math.max(...points.keys())).toBeLessThanOrEqual(2000);
    expect(percentilePoints(undefined).size).toBe(0);
  });
});
