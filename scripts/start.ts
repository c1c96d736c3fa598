/** `npm start`: the whole Spine on localhost, with its data, until Ctrl+C. */
import { buildWorker } from './build.ts';
import { DataDirectory, DirectoryInUse } from './start/data-directory.ts';
import { freePort } from './start/free-port.ts';
import { loadMailboxes } from './start/load-mailboxes.ts';
import { loadPeople } from './start/load-people.ts';
import { DEFAULT_SHARDS, startOptions, UsageError, USAGE } from './start/options.ts';
import type { StartOptions } from './start/options.ts';
import { ready } from './start/say.ts';
import { startRuntime } from './start/runtime.ts';
import { variables } from './start/variables.ts';

const EXIT_USAGE = 2;
/** EX_TEMPFAIL of sysexits: try again when the holder is gone. */
const EXIT_IN_USE = 75;

async function start(options: StartOptions): Promise<void> {
  const began = performance.now();
  const directory = DataDirectory.open(options.data);
  const kept = options.fresh ? null : directory.facts();
  const shards = options.shards ?? kept?.shards ?? DEFAULT_SHARDS;
  // Before anything is thrown away: these options may not fit together.
  const settings = variables(options, shards, directory);
  if (options.fresh) directory.clear();
  const facts = kept ?? { shards, sandbox: false, population: 0 };
  if (facts.shards !== shards) {
    throw new UsageError(
      `${options.data} was created with ${facts.shards} shards; use --shards ${facts.shards} or --fresh`,
    );
  }
  const [bundle, port] = await Promise.all([options.bundle ?? buildWorker(), freePort(options.host, options.port)]);
  const runtime = await startRuntime({
    host: options.host,
    port,
    bundle,
    state: directory.state,
    variables: settings,
    noteRuntime: (pid) => directory.noteRuntime(pid),
  });
  directory.writeFacts(facts);
  if (options.sandbox && !facts.sandbox) await loadMailboxes({ url: runtime.url, key: directory.operatorKey() });
  const loaded = await loadPeople({ url: runtime.url, options, directory, facts });
  ready({ url: runtime.url, port, options, shards, loaded, seconds: (performance.now() - began) / 1000 });
  stopOn('SIGINT', 'SIGTERM', 'SIGHUP');

  function stopOn(...signals: readonly NodeJS.Signals[]): void {
    for (const signal of signals) {
      // The runtime's own handler would end us at once, as a failure and without freeing the directory.
      process.removeAllListeners(signal);
      process.once(signal, () => {
        void runtime.stop().finally(() => {
          directory.close();
          process.exit(0);
        });
      });
    }
  }
}

try {
  await start(startOptions(process.argv.slice(2)));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
  if (error instanceof DirectoryInUse) {
    console.error(`${error.message}; stop it, or use another --data directory`);
    process.exit(EXIT_IN_USE);
  }
  console.error(error);
  process.exit(1);
}
