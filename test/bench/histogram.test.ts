import { expect, test } from 'vitest';
import { LatencyHistogram } from '../../bench/generator/histogram.ts';

test('percentiles of known data are right to three digits', () => {
  const histogram = new LatencyHistogram();
  for (let ms = 1; ms <= 1000; ms++) histogram.record(ms);
  const { count, mean, p50, p90, p99, p999, max } = histogram.summary();
  expect(count).toBe(1000);
  for (const [measured, exact] of [
    [mean, 500.5],
    [p50, 500],
    [p90, 900],
    [p99, 990],
    [p999, 999],
    [max, 1000],
  ] as const) {
    expect(Math.abs(measured - exact) / exact).toBeLessThan(0.001);
  }
});

test('a hundredth of a millisecond is still told apart', () => {
  const histogram = new LatencyHistogram();
  histogram.record(0.04);
  expect(histogram.summary().max).toBeCloseTo(0.04, 4);
});

test('one outlier among many is the maximum and not the 99th percentile', () => {
  const histogram = new LatencyHistogram();
  for (let i = 0; i < 999; i++) histogram.record(2);
  histogram.record(5000);
  expect(histogram.percentile(99)).toBeCloseTo(2, 1);
  expect(histogram.summary().max).toBeGreaterThan(4990);
});

test('an empty histogram says zero, and values past its range are kept at its end', () => {
  const histogram = new LatencyHistogram();
  expect(histogram.summary()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
  histogram.record(1e12);
  histogram.record(-5);
  expect(histogram.count).toBe(2);
});

test('the distribution text is in milliseconds', () => {
  const histogram = new LatencyHistogram();
  histogram.record(250);
  expect(histogram.percentileText()).toMatch(/250\.\d/);
});
