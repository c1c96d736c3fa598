/** The options of `npm start`. */
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';

export interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly fresh: boolean;
  readonly access: 'open' | 'enforced';
  readonly accessControl: 'caller' | 'enforced';
  readonly population: number;
  /** Patient shards; null: as many as the data has, new data gets `DEFAULT_SHARDS`. */
  readonly shards: number | null;
  readonly networkTrust: boolean;
  readonly quiet: boolean;
  readonly sandbox: boolean;
  /** A Worker that was built before, instead of the sources. */
  readonly bundle: string | null;
  /** Seconds between two shipments of a shard's journal, or `off`. */
  readonly journal: string;
}

/**
 * All actors of this process share one thread, so more shards only make more and smaller groups of calls: of the mix at
 * 1,700/s four cost a tenth less CPU than eight. One would have to live with one shard's bounds.
 */
export const DEFAULT_SHARDS = 4;

export const USAGE = `npm start -- [options]
  --port N             port on localhost (default 8787; a taken one picks the next)
  --data DIR           where everything is kept (default ./data)
  --fresh              throw the kept data away first
  --access MODE        open (default: like the public sandbox, no token needed) or enforced
  --access-control M   caller (default: calling systems answer for relationships) or enforced
  --population N       synthetic patients to load (default 1000)
  --shards N           patient shards, fixed when the data is created (default ${DEFAULT_SHARDS})
  --journal SECONDS    how often each shard's journal is shipped to R2 (default 10), or off
  --no-sandbox         leave the sandbox people out
  --bundle FILE        run a Worker that was built before, instead of the sources
  --network-trust      legacy paths believe unsigned tokens, as on the closed network
  --quiet              print only the ready line`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function startOptions(args: readonly string[]): StartOptions {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        port: { type: 'string', default: '8787' },
        host: { type: 'string', default: '127.0.0.1' },
        data: { type: 'string', default: 'data' },
        fresh: { type: 'boolean', default: false },
        access: { type: 'string', default: 'open' },
        'access-control': { type: 'string', default: 'caller' },
        population: { type: 'string', default: '1000' },
        shards: { type: 'string' },
        sandbox: { type: 'boolean', default: true },
        bundle: { type: 'string' },
        'network-trust': { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        journal: { type: 'string', default: '10' },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { access } = values;
  if (access !== 'open' && access !== 'enforced') throw new UsageError('--access must be open or enforced');
  const accessControl = values['access-control'];
  if (accessControl !== 'caller' && accessControl !== 'enforced')
    throw new UsageError('--access-control must be caller or enforced');
  return {
    port: whole('port', values.port, { min: 0, max: 65_535 }),
    host: values.host,
    data: resolve(values.data),
    fresh: values.fresh,
    access,
    accessControl,
    population: whole('population', values.population, { min: 0, max: 5_000_000 }),
    shards: values.shards === undefined ? null : whole('shards', values.shards, { min: 1, max: 4_096 }),
    sandbox: values.sandbox,
    networkTrust: values['network-trust'],
    quiet: values.quiet,
    bundle: values.bundle === undefined ? null : resolve(values.bundle),
    journal: values.journal === 'off' ? 'off' : String(whole('journal', values.journal, { min: 1, max: 86_400 })),
  };
}

function whole(name: string, text: string, range: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.min && value <= range.max) return value;
  throw new UsageError(`--${name} must be a whole number from ${range.min} to ${range.max}`);
}
