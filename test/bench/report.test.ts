import { expect, test } from 'vitest';
import type { TrialResult } from '../../bench/campaign.ts';
import { countersOf } from '../../bench/metrics.ts';
import type { Bound, Trial } from '../../bench/plan.ts';
import { markdownOf } from '../../bench/report-markdown.ts';
import { reportOf } from '../../bench/report.ts';
import { ratiosOf, spreadOf } from '../../bench/statistics.ts';
import { processTree, processUse } from '../../bench/targets/processes.ts';
import { fingerprint } from '../../bench/fingerprint.ts';
import { measurement } from './measurements.ts';

const trial: Trial = {
  name: 'patch',
  scenario: 'pds-patch',
  baselines: ['bare-write'],
  rounds: 3,
  load: { mode: 'saturate', rate: 1, connections: 1, seconds: 1, warmup: 0 },
};
const results: TrialResult[] = [
  {
    trial,
    skipped: {},
    rounds: {
      'pds-patch': [measurement('pds-patch', 90), measurement('pds-patch', 100), measurement('pds-patch', 40, 1)],
      'bare-write': [measurement('bare-write', 100), measurement('bare-write', 100), measurement('bare-write', 50)],
    },
  },
];
const bound = (part: Partial<Bound>): Bound => ({
  trial: 'patch',
  of: 'throughput',
  is: 'at least',
  value: 0,
  unit: '',
  ...part,
});

test('bounds: ratios round by round, errors at their worst, and no figure is no pass', () => {
  const bounds = [
    bound({ against: 'bare-write', value: 0.9 }),
    bound({ against: 'bare-write', value: 0.91 }),
    bound({ of: 'errors', is: 'at most' }),
    bound({ of: 'served', is: 'at least' }),
    bound({ trial: 'missing' }),
  ];
  const report = reportOf({ name: 'p', trials: [trial], bounds }, fingerprint([], 0), results);
  expect(report.bounds.map(({ pass }) => pass)).toEqual([true, false, false, false, false]);
  expect(report.bounds.map(({ measured }) => measured).slice(0, 3)).toEqual([0.9, 0.9, 1]);
  const page = markdownOf(report);
  expect(page).toContain('**4 of 5 bounds missed.**');
  expect(page).toContain('- vs bare-write: throughput 0.90× [0.80, 1.00]');
  expect(page).toContain('- pds-patch, round 3: 1 × 503 SERVICE_UNAVAILABLE');
  expect(page).toContain('90 (40..100)');
});

test('medians and ranges', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(ratiosOf([10, 20], [0, 10])).toEqual({ median: 2, min: 2, max: 2 });
});

test('counters of the operator status: numbers only, anything else is no counters', () => {
  expect(countersOf('{"counters":{"rowsRead":3,"text":"x"}}')).toEqual({ rowsRead: 3 });
  expect(countersOf('{"counters":4}')).toBeNull();
  expect(countersOf('<html>')).toBeNull();
});

test.runIf(process.platform === 'linux')('a process tree has its root, its CPU time and its memory', () => {
  expect(processTree(process.pid)[0]).toBe(process.pid);
  expect(processTree(process.ppid)).toContain(process.pid);
  const use = processUse([process.pid]);
  expect(use?.residentBytes).toBeGreaterThan(10_000_000);
  const { user, system } = process.cpuUsage();
  expect(Math.abs((use?.cpuSeconds ?? 0) - (user + system) / 1e6)).toBeLessThan(0.5);
  expect(processUse([999_999_999])).toBeNull();
});
