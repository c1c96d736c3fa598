/** npm run import -- FILE: loads patients into a running edge-spine. See docs/import.md. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { importPatients } from './import/import-patients.ts';
import type { ImportSummary } from './import/import-patients.ts';
import { TargetRefuses, TargetUnreachable } from './import/operator-api.ts';
import { DEFAULT_DATA_FOLDER, DEFAULT_TARGET, operatorKey } from './import/operator-key.ts';
import { openSource, UnreadableSource } from './import/read-source.ts';

const USAGE = `Usage: npm run import -- FILE [--target URL] [--token KEY | --data DIR] [--concurrency N] [--chunk N]

FILE is NDJSON, a JSON array or a FHIR Bundle of Patients with their Coverage and RelatedPersons ('-' reads NDJSON from
the standard input). --target is ${DEFAULT_TARGET}; the key is read from DIR/operator.key (${DEFAULT_DATA_FOLDER}) unless given.
Exit codes: 0 all loaded, 1 some lines refused, 2 wrong use, 3 target unreachable.`;

const ALL_LOADED = 0;
const SOME_REFUSED = 1;
const WRONG_USE = 2;
const UNREACHABLE = 3;

class WrongUse extends Error {}

interface Wishes {
  readonly file: string;
  readonly target: string;
  readonly token: string;
  readonly concurrency: number;
  readonly patientsPerChunk: number;
}

const OPTIONS = {
  target: { type: 'string', default: DEFAULT_TARGET },
  token: { type: 'string' },
  data: { type: 'string', default: DEFAULT_DATA_FOLDER },
  concurrency: { type: 'string', default: '2' },
  chunk: { type: 'string', default: '500' },
  help: { type: 'boolean', default: false },
} as const;

async function wishes(args: readonly string[]): Promise<Wishes> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [file, ...more] = positionals;
  if (values.help || file === undefined || more.length > 0) throw new WrongUse(USAGE);
  if (!URL.canParse(values.target)) throw new WrongUse(`--target ${values.target} is not a URL`);
  const token = await operatorKey(values.token, values.data);
  if (token === null) throw new WrongUse(`no operator key: neither --token nor ${values.data}/operator.key`);
  return {
    file,
    target: values.target,
    token,
    concurrency: wholeNumber('concurrency', values.concurrency, 64),
    patientsPerChunk: wholeNumber('chunk', values.chunk, 5000),
  };
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new WrongUse(`--${name} is a number from 1 to ${most}`);
}

/** A bar for people, nothing for logs. */
function progressBar(totalBytes: number): { bytes(count: number): void; patients(count: number): void; stop(): void } {
  if (!process.stderr.isTTY || totalBytes === 0) return { bytes: () => {}, patients: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {patients} patients  {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(totalBytes, 0, { patients: 0 });
  return {
    bytes: (count) => bar.increment(count),
    patients: (count) => bar.update({ patients: count }),
    stop: () => bar.stop(),
  };
}

async function sizeOf(file: string): Promise<number> {
  if (file === '-') return 0;
  try {
    return (await stat(file)).size;
  } catch {
    throw new WrongUse(`cannot read ${file}`);
  }
}

async function load(wish: Wishes): Promise<ImportSummary> {
  const bar = progressBar(await sizeOf(wish.file));
  try {
    const source = await openSource(wish.file, bar.bytes);
    return await importPatients(source.lines, {
      ...wish,
      identity: wish.file === '-' ? 'standard input' : basename(wish.file),
      onFailure: ({ line, reason }) => process.stderr.write(`${source.unit} ${line}: ${reason}\n`),
      onProgress: ({ patients }) => bar.patients(patients),
    });
  } finally {
    bar.stop();
  }
}

const counted = (count: number, word: string): string => `${count.toLocaleString('en-GB')} ${word}`;

function sentence(summary: ImportSummary, seconds: number): string {
  const snapshot = {
    included: 'snapshot included',
    pending: 'snapshot still to follow',
    'not-awaited': 'snapshot not awaited',
  };
  return [
    counted(summary.patients, 'patients sent'),
    counted(summary.stored, 'records stored'),
    counted(summary.unchanged, 'unchanged'),
    counted(summary.refused, 'lines refused'),
    `${seconds.toFixed(1)} s`,
    snapshot[summary.snapshot],
  ].join(', ');
}

/** The exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const started = performance.now();
    const summary = await load(await wishes(args));
    process.stdout.write(`${sentence(summary, (performance.now() - started) / 1000)}\n`);
    return summary.refused === 0 ? ALL_LOADED : SOME_REFUSED;
  } catch (error) {
    const unusable = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (error instanceof TargetUnreachable) {
      process.stderr.write(`Cannot reach ${error.message}. Run the same command again: what is loaded stays loaded.\n`);
      return UNREACHABLE;
    }
    if (unusable || error instanceof WrongUse || error instanceof UnreadableSource || error instanceof TargetRefuses) {
      process.stderr.write(`${error.message}\n`);
      return WRONG_USE;
    }
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
