/** `npm run simulate`: runs seeds, tells what they covered, and makes the first failing one small. */
import { parseArgs } from 'node:util';
import { REAL } from './engine-under-test.ts';
import { MARKS } from './marks.ts';
import { MUTATIONS, mutationNamed, SMALL_LIMITS } from './mutations.ts';
import { buggy } from './plant-bug.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import type { Options, Result } from './simulate.ts';

const USAGE = `npm run simulate -- [options]
  --seed N        first seed (1)
  --seeds N       how many (100)
  --steps N       commands per client (drawn from the seed)
  --mutation NAME run with a planted bug; 'all' runs every one until it is caught
  --small         with bounds small enough to be reached
  --off A,B       knobs to turn off
  --keep 0.1,0.2  wishes to keep
  --twice         run every seed twice and compare the trace hashes
  --marks N       fail when a coverage mark was hit fewer than N times
  --no-shrink     leave a failing seed as it is
  --json          one JSON object instead of text`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '100' },
    steps: { type: 'string' },
    mutation: { type: 'string' },
    small: { type: 'boolean', default: false },
    off: { type: 'string' },
    keep: { type: 'string' },
    twice: { type: 'boolean', default: false },
    marks: { type: 'string', default: '0' },
    'no-shrink': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const first = Number(values.seed);
const count = Number(values.seeds);

async function underTest(): Promise<Pick<Options, 'engine' | 'ungated'>> {
  if (values.mutation !== undefined) return buggy(mutationNamed(values.mutation));
  return values.small ? buggy(SMALL_LIMITS) : { engine: REAL };
}

/** One command that repeats exactly this run. */
function command(seed: number, keep?: readonly string[], off?: readonly string[]): string {
  const parts = [`--seed ${seed} --seeds 1`];
  if (values.steps !== undefined) parts.push(`--steps ${values.steps}`);
  if (values.mutation !== undefined) parts.push(`--mutation ${values.mutation}`);
  if (values.small) parts.push('--small');
  if (off !== undefined && off.length > 0) parts.push(`--off ${off.join(',')}`);
  if (keep !== undefined && keep.length > 0) parts.push(`--keep ${keep.join(',')}`);
  return `npm run simulate -- ${parts.join(' ')}`;
}

const given = (list: string | undefined): string[] | undefined => list?.split(',').filter((item) => item !== '');

async function runSeeds(): Promise<number> {
  const keep = given(values.keep);
  const off = given(values.off);
  const common = {
    ...(await underTest()),
    steps: values.steps === undefined ? null : Number(values.steps),
    ...(off ? { off } : {}),
    ...(keep ? { keep: new Set(keep) } : {}),
  };
  const marks = new Map<string, number>();
  const started = performance.now();
  let [events, wishes] = [0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate({ ...common, seed });
    events += result.events;
    wishes += result.wishes.length;
    for (const [mark, hits] of result.marks) marks.set(mark, (marks.get(mark) ?? 0) + hits);
    if (count === 1 && !values.json) say(`trace ${result.traceHash}`);
    if (result.violation) return failed({ ...common, seed }, result, { keep, off });
    if (values.twice && (await simulate({ ...common, seed })).traceHash !== result.traceHash) {
      say(`seed ${seed} runs differently when run again`);
      return 1;
    }
  }
  const seconds = (performance.now() - started) / 1_000;
  return report({ seeds: count, seconds, events, wishes, marks });
}

async function failed(
  options: Options,
  result: Result,
  { keep, off }: { keep: readonly string[] | undefined; off: readonly string[] | undefined },
): Promise<number> {
  say(`seed ${options.seed} breaks ${result.violation?.message}`);
  say(`  again:  ${command(options.seed, keep, off)}`);
  if (values['no-shrink']) return 1;
  const small = await shrink(options, result);
  say(`  small:  ${command(options.seed, small.keep, small.off)}`);
  say(
    `          ${small.keep.length} of ${result.wishes.length} wishes, after ${small.runs} runs: ${small.result.violation?.message}`,
  );
  return 1;
}

function report(run: {
  seeds: number;
  seconds: number;
  events: number;
  wishes: number;
  marks: Map<string, number>;
}): number {
  const { seeds, seconds, events, wishes, marks } = run;
  const least = Number(values.marks);
  const missing = MARKS.filter((mark) => (marks.get(mark) ?? 0) < least);
  const figures = {
    seeds,
    seconds: Number(seconds.toFixed(1)),
    seedsPerSecond: Number((seeds / seconds).toFixed(1)),
    events,
    wishes,
  };
  if (values.json)
    say(
      JSON.stringify({
        ...figures,
        violations: 0,
        marks: Object.fromEntries([...marks].sort(([a], [b]) => a.localeCompare(b))),
        missing,
      }),
    );
  else {
    say(
      `${seeds} seeds without a violation in ${figures.seconds} s (${figures.seedsPerSecond}/s), ${wishes} commands, ${events} events`,
    );
    for (const mark of MARKS) say(`  ${String(marks.get(mark) ?? 0).padStart(8)}  ${mark}`);
    if (missing.length > 0) say(`marks below ${least}: ${missing.join(', ')}`);
  }
  return missing.length > 0 ? 1 : 0;
}

/** Every planted bug until it is caught; what is not caught within `--seeds` fails. */
async function runMutations(): Promise<number> {
  const caught: number[] = [];
  for (const mutation of MUTATIONS) {
    const planted = await buggy(mutation);
    let seed = first;
    let result = await simulate({ seed, ...planted });
    while (!result.violation && seed < first + count - 1) result = await simulate({ seed: ++seed, ...planted });
    if (result.violation) caught.push(seed - first + 1);
    say(
      `${(result.violation ? String(seed) : 'missed').padStart(6)}  ${mutation.name}  ${result.violation?.message ?? ''}`,
    );
  }
  caught.sort((a, b) => a - b);
  say(
    `${caught.length} of ${MUTATIONS.length} planted bugs caught; median seed ${caught[caught.length >> 1]}, latest ${caught.at(-1)}`,
  );
  return caught.length === MUTATIONS.length ? 0 : 1;
}

// A planted bug may leave promises behind that nobody waits for.
if (values.mutation !== undefined) process.on('unhandledRejection', () => undefined);
if (values.help) say(USAGE);
else process.exitCode = values.mutation === 'all' ? await runMutations() : await runSeeds();
