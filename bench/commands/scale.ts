/** `npm run bench -- scale --axis …`: curves of what changes with size, and what has to stay. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { fingerprint } from '../fingerprint.ts';
import { count, UsageError } from '../options.ts';
import { preferGenerator } from '../priority.ts';
import { REPORTS, runFolder } from '../report.ts';
import { curveOf, pointsOf, type ScaleSettings } from '../scale/axes.ts';
import type { ProductServer } from '../scale/product-server.ts';
import { AXES, type Axis, SCALE_FORMAT, type ScaleCurve, type ScaleRecord } from '../scale/record.ts';
import { curveText, scaleMarkdown } from '../scale/scale-text.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { DEFAULT_SHARDS } from '../../scripts/start/options.ts';

const USAGE = `npm run bench -- scale --axis AXIS[,AXIS] [--points N,N,…] [--seconds N] [--warmup N] [--no-cold]
                        [--connections N] [--population N] [--rounds N] [--shards N] [--out DIR]
axes and their points:
${AXES.map((axis) => `  ${axis.padEnd(13)}${pointsOf(axis).join(', ')}`).join('\n')}
a million patients: --axis patients --points 10000,1000000 (minutes to load)
--rounds N: populations above 10000 are measured beside one of 10000, in turn (default 3)
--no-cold leaves out the cold shard, which waits for evictions (about 30 s a point)
exit: 0 ok, 1 a finding missed, 2 usage, 3 target not healthy`;

interface Wishes extends Omit<ScaleSettings, 'running'> {
  readonly axes: readonly Axis[];
  readonly out: string | undefined;
}

export async function scaleCommand(args: readonly string[]): Promise<number> {
  const wishes = wishesOf(args);
  if (wishes === null) {
    console.log(USAGE);
    return EXIT.ok;
  }
  const environment = fingerprint(args, preferGenerator());
  const servers = new Set<ProductServer>();
  stopOnSignal({ stop: async () => void (await Promise.all([...servers].map((server) => server.stop()))) });
  const curves: ScaleCurve[] = [];
  for (const axis of wishes.axes) {
    const curve = await curveOf(axis, { ...wishes, running: (server) => void servers.add(server) });
    console.log(curveText(curve));
    curves.push(curve);
  }
  const { takenAt, commit } = environment;
  const command = environment.command.replace('bench --', 'bench -- scale');
  const record: ScaleRecord = { format: SCALE_FORMAT, takenAt, commit, command, curves };
  const folder = wishes.out ?? join(REPORTS, runFolder(environment));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'scale.json'), `${JSON.stringify(record, null, 1)}\n`);
  await writeFile(join(folder, 'scale.md'), scaleMarkdown(record));
  console.log(`  ${join(folder, 'scale.json')}`);
  const missed = curves.flatMap(({ findings }) => findings).filter(({ pass }) => pass === false).length;
  return exitCodeOf({ brokenPromises: 0, invalidResults: 0, missedBounds: missed });
}

function wishesOf(args: readonly string[]): Wishes | null {
  const values = flagsOf(args);
  if (values.help) return null;
  const axes = (values.axis ?? '').split(',').map(axisNamed);
  const points = values.points?.split(',').map((text) => count('points', text, 0)) ?? null;
  if (points !== null && axes.length > 1) throw new UsageError('--points belongs to one --axis');
  return {
    axes,
    points,
    seconds: count('seconds', values.seconds),
    warmup: count('warmup', values.warmup, 0),
    connections: count('connections', values.connections),
    size: { population: count('population', values.population), shards: count('shards', values.shards) },
    cold: values.cold,
    rounds: count('rounds', values.rounds),
    out: values.out,
  };
}

function axisNamed(text: string): Axis {
  const axis = AXES.find((name) => name === text);
  if (axis === undefined) throw new UsageError(`--axis: one or more of ${AXES.join(', ')}`);
  return axis;
}

function flagsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        axis: { type: 'string' },
        points: { type: 'string' },
        seconds: { type: 'string', short: 'd', default: '6' },
        warmup: { type: 'string', default: '2' },
        connections: { type: 'string', short: 'c', default: '64' },
        population: { type: 'string', default: '10000' },
        shards: { type: 'string', default: String(DEFAULT_SHARDS) },
        cold: { type: 'boolean', default: true },
        rounds: { type: 'string', default: '3' },
        out: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
