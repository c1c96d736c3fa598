/** Entry of `npm run bench`: the first word names the command, none means a run of load; failures become exit codes. */
import { costCommand } from './commands/cost.ts';
import { loadCommand } from './commands/load.ts';
import { peerSetupCommand } from './commands/peer-setup.ts';
import { reportCommand } from './commands/report.ts';
import { scaleCommand } from './commands/scale.ts';
import { EXIT } from './exit-codes.ts';
import { UsageError, usage } from './options.ts';
import { TargetNotReady } from './scenarios/scenario.ts';
import { ServerFailed } from './targets/child-server.ts';

type Command = (args: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  run: loadCommand,
  scale: scaleCommand,
  cost: costCommand,
  report: reportCommand,
  'peer:setup': peerSetupCommand,
};

function main([word, ...rest]: readonly string[]): Promise<number> {
  if (word === undefined || word.startsWith('-')) return loadCommand(word === undefined ? [] : [word, ...rest]);
  const command = COMMANDS[word];
  if (command === undefined) throw new UsageError(`no command '${word}': one of ${Object.keys(COMMANDS).join(', ')}`);
  return command(rest);
}

function failureCode(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage()}`);
    return EXIT.usage;
  }
  if (error instanceof TargetNotReady || error instanceof ServerFailed) {
    console.error(error.message);
    return EXIT.targetNotHealthy;
  }
  throw error;
}

process.exitCode = await Promise.resolve(process.argv.slice(2)).then(main).catch(failureCode);
