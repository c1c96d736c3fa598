import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EXIT, exitCodeOf } from '../../bench/exit-codes.ts';
import { withoutSecrets } from '../../bench/fingerprint.ts';
import { reasonsToDoubt } from '../../bench/measurement.ts';
import { parseOptions, UsageError } from '../../bench/options.ts';
import { planOf } from '../../bench/presets.ts';
import { PRODUCT_SCENARIOS } from '../../bench/scenarios/catalogue.ts';

const NOTHING = { brokenPromises: 0, invalidResults: 0, missedBounds: 0 };
const LAG = { count: 9, mean: 1, p50: 1, p90: 1, p999: 9, max: 9 };

async function run(...args: string[]): Promise<number | null> {
  return spawnSync(process.execPath, ['bench/run.ts', ...args], { timeout: 20_000 }).status;
}

describe('exit codes', () => {
  test('the worst finding decides', () => {
    expect(exitCodeOf(NOTHING)).toBe(0);
    expect(exitCodeOf({ ...NOTHING, missedBounds: 2 })).toBe(1);
    expect(exitCodeOf({ ...NOTHING, missedBounds: 2, invalidResults: 1 })).toBe(4);
    expect(exitCodeOf({ brokenPromises: 1, invalidResults: 1, missedBounds: 1 })).toBe(5);
  });

  test('a late or a busy generator makes a result invalid', () => {
    expect(reasonsToDoubt({ generatorLag: { ...LAG, p99: 1.9 }, generatorCpu: 0.89 })).toEqual([]);
    expect(reasonsToDoubt({ generatorLag: { ...LAG, p99: 2.1 }, generatorCpu: 0.1 })).toHaveLength(1);
    expect(reasonsToDoubt({ generatorLag: null, generatorCpu: 0.95 })).toHaveLength(1);
  });

  test('the command itself ends with them: help, wrong use, no such target', async () => {
    expect(await run('--help')).toBe(EXIT.ok);
    expect(await run('--scenario', 'nonsense')).toBe(EXIT.usage);
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const address = closed.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => closed.close(resolve));
    const target = `http://127.0.0.1:${port}`;
    expect(await run('--target', target, '--scenario', 'pds-read', '--no-baseline')).toBe(EXIT.targetNotHealthy);
  }, 60_000);
});

describe('options', () => {
  test('wrong values are refused before anything starts', () => {
    for (const wrong of [
      ['--rate', '0'],
      ['--rate', '1.5'],
      ['--seconds', '-1'],
      ['--preset', 'x'],
      ['--unknown'],
      ['--search-share', '81'],
      ['--arrivals', 'x'],
      ['--target', 'ftp://h'],
    ]) {
      expect(() => parseOptions(wrong), wrong.join(' ')).toThrow(UsageError);
    }
  });

  test('--no-baseline measures the subject alone; the acceptance preset holds what is left to its bounds', () => {
    const plan = (...args: string[]) => {
      const options = parseOptions(args);
      if (options === null) throw new Error('help was not asked for');
      return planOf(options);
    };
    expect(plan('--scenario', 'pds-patch').trials[0]?.baselines).toEqual(['bare-write']);
    expect(plan('--scenario', 'pds-patch', '--no-baseline').trials[0]?.baselines).toEqual([]);
    const acceptance = plan('--preset', 'issue-2');
    expect(acceptance.trials.map(({ name }) => name)).toEqual([
      'national-mix',
      'saturated-get',
      'saturated-patch',
      'hot-patient',
    ]);
    expect(acceptance.trials[0]?.load).toMatchObject({ mode: 'open', rate: 1800, seconds: 60 });
    expect(plan('--preset', 'issue-2', '--no-baseline').bounds.every(({ against }) => against === undefined)).toBe(
      true,
    );
    expect(plan().trials).toHaveLength(PRODUCT_SCENARIOS.length);
  });

  test('a token or key never reaches the report', () => {
    expect(withoutSecrets(['--token', 'abc', '--operator-key=def', '--rate', '5']).join(' ')).toBe(
      '--token … --operator-key=… --rate 5',
    );
  });
});
