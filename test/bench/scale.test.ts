import { describe, expect, test } from 'vitest';
import { scaleCharts, scaleTable } from '../../bench/html/scale-section.ts';
import { medianOfSlowest } from '../../bench/scale/cold-shards.ts';
import { cleanRates, isClean, largestPopulation, sameCost } from '../../bench/scale/findings.ts';
import { enlarged } from '../../bench/scale/larger-bodies.ts';
import type { ScalePoint } from '../../bench/scale/record.ts';
import { curveText } from '../../bench/scale/scale-text.ts';

const at = (size: number, get: number, more: ScalePoint['figures'] = {}): ScalePoint => ({
  at: size,
  figures: { 'get /s': get, 'patch /s': 100, 'RSS MB': 500, 'load and start s': 10, ...more },
});

describe('findings', () => {
  test('BEN-12 a tenth slower than ten thousand beside it is the limit, and no comparison is no pass', () => {
    const passes = (get: number | null) =>
      sameCost([
        at(10_000, 1),
        at(1e6, 1, { 'get vs reference': get, 'patch vs reference': 1.2, 'get cpu vs reference': 1 }),
      ]).map(({ pass }) => pass);
    expect(passes(0.9)).toEqual([true, true]);
    expect(passes(0.89)).toEqual([false, true]);
    expect(passes(null)).toEqual([false, true]);
    expect(sameCost([at(1000, 1), at(1e6, 1)])).toEqual([]);
    expect(sameCost([at(1000, 1), at(10_000, 1)])).toEqual([]);
  });

  test('BEN-12 a million has a bound on memory and on loading, smaller sizes on memory only', () => {
    expect(
      largestPopulation([at(1e6, 1, { 'RSS MB': 1499, 'load and start s': 359 })]).map(({ pass }) => pass),
    ).toEqual([true, true]);
    expect(
      largestPopulation([at(1e6, 1, { 'RSS MB': 1501, 'load and start s': 361 })]).map(({ pass }) => pass),
    ).toEqual([false, false]);
    expect(largestPopulation([at(1000, 1, { 'RSS MB': null })]).map(({ pass }) => pass)).toEqual([false]);
  });

  test('BEN-13 one error, one drop, a late hundredth or a slow one make a rate unclean', () => {
    const good = { errors: 0, dropped: 0, 'served %': 99.9, 'mix p99 ms': 40 };
    const rate = (figures: ScalePoint['figures']): ScalePoint => ({ at: 1, figures: { ...good, ...figures } });
    expect(isClean(rate({}))).toBe(true);
    for (const bad of [
      { errors: 1 },
      { dropped: 1 },
      { 'served %': 98.9 },
      { 'mix p99 ms': 101 },
      { 'mix p99 ms': null },
    ]) {
      expect(isClean(rate(bad)), JSON.stringify(bad)).toBe(false);
    }
    const points = [500, 1000, 2000].map((offered) => ({
      at: offered,
      figures: { ...good, errors: offered > 1000 ? 1 : 0 },
    }));
    expect(cleanRates(points)[0]?.text).toContain('1,000 a second');
    expect(cleanRates([])[0]?.text).toContain('none');
  });

  test('cold figures are those of the requests that woke a shard', () => {
    expect(medianOfSlowest([1, 30, 1, 20, 1, 10], 3)).toBe(20);
    expect(medianOfSlowest([5], 8)).toBe(5);
  });
});

describe('bodies', () => {
  test('BEN-14 a body gets its size and its version, and stays the same person', () => {
    const patient = {
      resourceType: 'Patient',
      id: '9900000005',
      meta: { versionId: '3', security: [1] },
      gender: 'male',
    };
    for (const bytes of [2000, 8000, 64_000]) {
      const text = enlarged(patient, 4, bytes);
      expect(text.length).toBeLessThanOrEqual(bytes);
      expect(text.length).toBeGreaterThan(bytes - 400);
      const made = JSON.parse(text) as { id: string; meta: unknown; contact: { id: string }[] };
      expect([made.id, made.meta]).toEqual(['9900000005', { versionId: '4', security: [1] }]);
      expect(new Set(made.contact.map(({ id }) => id)).size).toBe(made.contact.length);
    }
    expect(JSON.parse(enlarged(patient, 4, 10))).not.toHaveProperty('contact');
  });
});

describe('curves', () => {
  const curve = {
    axis: 'shards',
    label: 'shards',
    findings: [{ text: 'told', pass: null }],
    points: [at(1, 3, { 'RSS MB': null }), at(256, 1234.5, { 'RSS MB': null })],
  } as const;

  test('BEN-11 figures nobody knows are left out of the charts and shown as such in the tables', () => {
    const charts = scaleCharts(curve);
    expect(charts.map(({ title }) => title)).toEqual(['throughput against shards']);
    expect(charts[0]?.series.map(({ label }) => label)).toEqual(['get /s', 'patch /s']);
    expect(scaleTable(curve)).toContain('<td>–</td>');
    expect(curveText(curve)).toContain('| 256 | 1,235 | 100 | - | 10 |');
  });
});
