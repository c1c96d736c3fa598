import { describe, expect, test } from 'vitest';
import type { TrialResult } from '../../bench/campaign.ts';
import { fingerprint } from '../../bench/fingerprint.ts';
import { TRANSPORTS } from '../../bench/generator/transport.ts';
import { type BenchOptions, parseOptions, UsageError } from '../../bench/options.ts';
import { inFlightText, loadFor, type Plan, type Trial } from '../../bench/plan.ts';
import { planOf } from '../../bench/presets.ts';
import { seededRandom } from '../../bench/random.ts';
import { confirmTarget } from '../../bench/remote-guard.ts';
import { reportOf } from '../../bench/report.ts';
import { markdownOf } from '../../bench/report-markdown.ts';
import { CATALOGUE, createScenario, serverOf, transportOf } from '../../bench/scenarios/catalogue.ts';
import { terminalText } from '../../bench/terminal.ts';
import { FakePds } from './fake-pds.ts';
import { measurement } from './measurements.ts';

function optionsOf(...args: string[]): BenchOptions {
  const options = parseOptions(args);
  if (options === null) throw new Error('help was not asked for');
  return options;
}

const SETTINGS = { population: 200, shards: 8, searchShare: 4, writeShare: 20 };

describe('peers', () => {
  test.each([
    ['peer-read', 'pds-read'],
    ['peer-patch', 'pds-patch'],
    ['peer-search', 'pds-search'],
    ['peer-mix', 'national-mix'],
    ['peer-retry', 'retry-storm'],
  ])('BEN-01 %s asks what %s asks, and expects the same of the replies', async (peer, ours) => {
    const run = async (name: string) => {
      const pds = new FakePds(200);
      const scenario = createScenario(name, SETTINGS);
      await scenario.setup(pds);
      const random = seededRandom(5);
      return Array.from({ length: 400 }, () => {
        const exchange = scenario.next(random);
        const { method, path } = exchange.request;
        return [method, path, exchange.check(pds.answer(exchange.request)).kind];
      });
    };
    expect(await run(peer)).toEqual(await run(ours));
    expect([serverOf(peer), serverOf(ours), serverOf('bare-mix')]).toEqual(['peer', 'product', 'bare']);
  });

  test('BEN-02 a missing peer is told on every page, has no figure, and its bound is no pass and no miss', () => {
    const trial: Trial = {
      name: 'mix',
      scenario: 'national-mix',
      baselines: ['peer-mix'],
      rounds: 1,
      load: { mode: 'saturate', rate: 1, connections: 1, seconds: 2, warmup: 0 },
    };
    const bounds: Plan['bounds'] = [
      { trial: 'mix', of: 'throughput', against: 'peer-mix', is: 'at least', value: 1, unit: '×' },
      { trial: 'mix', of: 'throughput', against: 'bare-mix', is: 'at least', value: 1, unit: '×' },
    ];
    const results: TrialResult[] = [
      { trial, rounds: { 'national-mix': [measurement('national-mix', 100)] }, skipped: { 'peer-mix': 'no database' } },
    ];
    const report = reportOf({ name: 'p', trials: [trial], bounds }, fingerprint([], 0), results);
    // What was neither measured nor skipped is a miss: silence is no pass.
    expect(report.bounds.map(({ pass, skipped }) => [pass, skipped])).toEqual([
      [true, 'no database'],
      [false, undefined],
    ]);
    for (const text of [markdownOf(report), terminalText(report, 'f')]) {
      expect(text).toContain('SKIPPED peer-mix: no database');
      expect(text).toContain('SKIPPED: no database');
      expect(text).not.toContain('vs peer-mix: throughput');
    }
  });

  test('BEN-03 the acceptance of issue 4 has both baselines in each trial and at least five rounds', () => {
    const plan = planOf(optionsOf('--preset', 'issue-4'));
    const contests = plan.trials.filter(({ name }) => ['get', 'patch', 'mix'].includes(name));
    expect(contests).toHaveLength(3);
    for (const { baselines, rounds, load } of contests) {
      expect(new Set(baselines.map(serverOf))).toEqual(new Set(['bare', 'peer']));
      expect([rounds >= 5, load.mode]).toEqual([true, 'saturate']);
      for (const name of baselines) expect(CATALOGUE[name]).toBeDefined();
    }
    const of = (trial: string, against: string): number | undefined =>
      plan.bounds.find((bound) => bound.trial === trial && bound.against === against)?.value;
    expect([of('patch', 'bare-write'), of('get', 'bare-read'), of('mix', 'peer-mix')]).toEqual([1, 0.7, 1]);
    expect([of('get', 'peer-read'), of('patch', 'peer-patch')]).toEqual([0.8, 0.8]);
    expect(planOf(optionsOf('--preset', 'issue-4', '--no-baseline')).bounds.some(({ against }) => against)).toBe(false);
  });

  test('BEN-04 a scenario may have more in flight than the others of its trial, and the page says so', () => {
    const load = { mode: 'saturate', rate: 1, connections: 64, seconds: 1, warmup: 0 } as const;
    const trial: Trial = { name: 't', scenario: 'a@session', baselines: ['b'], rounds: 1, load };
    const more: Trial = { ...trial, inFlight: { 'a@session': 256 } };
    expect([loadFor(more, 'a@session').connections, loadFor(more, 'b').connections]).toEqual([256, 64]);
    expect([inFlightText(trial), inFlightText(more)]).toEqual(['64 connections', '64 connections, a@session 256']);
  });

  test('BEN-04 a transport is named behind the scenario; unknown ones are refused; rows of the session wait for it', () => {
    expect(transportOf('national-mix')).toBe('http');
    expect(transportOf('national-mix@session')).toBe('session');
    expect(createScenario('pds-read@session', SETTINGS).name).toBe('pds-read@session');
    expect(serverOf('pds-read@session')).toBe('product');
    expect(() => parseOptions(['--transport', 'pigeon'])).toThrow(UsageError);
    const { trials } = planOf(optionsOf('--preset', 'issue-4'));
    const names = trials.map(({ name }) => name);
    for (const trial of trials) {
      const carried = transportOf(trial.scenario) === 'session';
      expect(loadFor(trial, trial.scenario).connections).toBe(carried ? 256 : 64);
      expect(loadFor(trial, 'peer-mix').connections).toBe(64);
    }
    expect(names.some((name) => name.startsWith('session'))).toBe(TRANSPORTS['session'] !== undefined);
  });
});

describe('remote targets', () => {
  const remote = optionsOf('--target', 'https://spine.example');

  test('BEN-05 with nobody to ask, a target elsewhere needs --yes; machines of this house do not', async () => {
    await expect(confirmTarget(remote, null)).rejects.toThrow(UsageError);
    await confirmTarget(optionsOf('--target', 'https://spine.example', '--yes'), null);
    await confirmTarget(optionsOf('--target', 'https://spine.example', '--confirm-remote'), null);
    for (const local of ['http://127.0.0.1:8787', 'http://localhost:1', 'http://[::1]:1']) {
      await confirmTarget(optionsOf('--target', local), null);
    }
    await expect(confirmTarget(optionsOf('--target', 'http://127.0.0.1.example:1'), null)).rejects.toThrow(UsageError);
  });

  test('BEN-05 who is asked types the name; anything else, a plain yes too, sends nothing', async () => {
    const answering = (text: string) => (question: string) => {
      expect(question).toContain('spine.example');
      return Promise.resolve(text);
    };
    await confirmTarget(remote, answering(' spine.example\n'));
    for (const text of ['', 'y', 'yes', 'spine']) {
      await expect(confirmTarget(remote, answering(text)), text).rejects.toThrow(UsageError);
    }
  });
});
