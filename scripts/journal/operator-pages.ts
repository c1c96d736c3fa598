/** The operator's pages about journals, as the backup scripts ask them: tried again while a shard is busy. */
import { parseArgs } from 'node:util';
import { DEFAULT_DATA_FOLDER, DEFAULT_TARGET, operatorKey } from '../import/operator-key.ts';

export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** The server says no, and would say so again. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface ShardName {
  readonly class: string;
  readonly shard: number;
}

const ATTEMPTS = 8;
const WAIT_MS = 500;

export class OperatorPages {
  readonly #target: string;
  readonly #token: string;

  constructor(target: string, token: string) {
    this.#target = target;
    this.#token = token;
  }

  get(path: string): Promise<Response> {
    return this.#request(path, {});
  }

  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    const response = await this.#request(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as Answer;
  }

  /** All shards of a class, of all classes, or the one shard. */
  async shards(wanted: {
    readonly class?: string | undefined;
    readonly shard?: string | undefined;
  }): Promise<ShardName[]> {
    const { classes } = (await (await this.get('/operator/journals')).json()) as {
      classes: { className: string; shards: number }[];
    };
    const chosen = classes.filter(({ className }) => wanted.class === undefined || className === wanted.class);
    if (chosen.length === 0)
      throw new WrongUse(`no class ${wanted.class}; there are: ${classes.map((one) => one.className).join(', ')}`);
    if (wanted.shard !== undefined && wanted.class === undefined) throw new WrongUse('--shard needs --class');
    const all = chosen.flatMap(({ className, shards }) =>
      Array.from({ length: shards }, (_, shard) => ({ class: className, shard })),
    );
    const found = wanted.shard === undefined ? all : all.filter(({ shard }) => String(shard) === wanted.shard);
    if (found.length === 0) throw new WrongUse(`no shard ${wanted.shard} of ${wanted.class}`);
    return found;
  }

  async #request(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#token}` };
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(new URL(path, this.#target), { ...init, headers }).catch((error: unknown) => {
        if (attempt === ATTEMPTS) throw error;
        return null;
      });
      if (response?.ok) return response;
      if (response !== null && response.status < 500)
        throw new Refused(`${path}: ${response.status} ${await response.text()}`);
      if (attempt === ATTEMPTS) throw new Refused(`${path}: ${response?.status ?? 'no answer'}`);
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * attempt));
    }
  }
}

export const TARGET_OPTIONS = {
  target: { type: 'string', default: DEFAULT_TARGET },
  token: { type: 'string' },
  data: { type: 'string', default: DEFAULT_DATA_FOLDER },
  class: { type: 'string' },
  shard: { type: 'string' },
} as const;

export const TARGET_USAGE = `  --target URL         default ${DEFAULT_TARGET}
  --token KEY          the operator key; otherwise read from DIR/operator.key
  --data DIR           default ${DEFAULT_DATA_FOLDER}
  --class NAME         one actor class (patient-shard, mailbox-shard, …); absent: all
  --shard N            one shard of the class; absent: all`;

export async function operatorPages(values: {
  target: string;
  token?: string | undefined;
  data: string;
}): Promise<OperatorPages> {
  if (!URL.canParse(values.target)) throw new WrongUse(`--target ${values.target} is not a URL`);
  const token = await operatorKey(values.token, values.data);
  if (token === null) throw new WrongUse(`no operator key: neither --token nor ${values.data}/operator.key`);
  return new OperatorPages(values.target, token);
}

/** Runs a script to its exit code: 2 for wrong use, 3 for a server that does not do what is asked. */
export async function runScript(usage: string, main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const unusable = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (unusable || error instanceof WrongUse) {
      process.stderr.write(`${error.message}\n\n${usage}\n`);
      process.exitCode = 2;
    } else {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 3;
    }
  }
}

export { parseArgs };
