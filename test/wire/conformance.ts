/** node test/wire/conformance.ts SPECS: holds a running server against the public examples and seeds, over HTTP alone. */
import { importPatients } from '../../scripts/import/import-patients.ts';
import { linesOf } from '../../scripts/import/source-line.ts';
import { checkOutcomes } from './conformance/outcomes.ts';
import { checkRequests } from './conformance/requests.ts';
import { checkResponses } from './conformance/responses.ts';
import { checkSearches } from './conformance/searches.ts';
import { checkSeeds } from './conformance/seeds.ts';
import { World } from './conformance/world.ts';
import { wireOptions } from './options.ts';
import type { WireOptions } from './options.ts';
import { seedResources } from './pack-import.ts';
import { Report } from './report.ts';
import { epsConformance } from './eps-conformance.ts';
import { scrConformance } from './scr-conformance.ts';
import { SCHEMA_EXCEPTIONS, schemaCheck } from './schemas.ts';

const USAGE = `Usage: node test/wire/conformance.ts SPECS [--target URL] [--data DIR | --token KEY]
         [--enforced-target URL [--app-token TOKEN]] [--verbose]
Loads the seeds of the pack (what is there already stays), then compares. Exit code 1 when anything differs.`;

async function run(options: WireOptions): Promise<number> {
  const report = new Report(options.verbose);
  const schemas = await schemaCheck(options.pack.openapi);
  const misshapen = new Set<string>();
  const exceptions = new Set<string>();
  let shaped = 0;
  const world = new World(options, report, (method, path, answer) => {
    const wrong = schemas?.(method, path, answer) ?? null;
    if (wrong === null) return;
    shaped += 1;
    for (const line of wrong) {
      const excused = SCHEMA_EXCEPTIONS.find(([pattern]) => pattern.test(line));
      if (excused === undefined) misshapen.add(`${method} ${path.replace(/\?.*/, '')} ${line}`);
      else exceptions.add(excused[1]);
    }
  });
  const { target, token } = options;
  await importPatients(linesOf(options.pack.seeds.map(seedResources)), {
    target,
    token,
    identity: 'pds/sandbox-patients.json',
  });
  await checkSeeds(world);
  await checkSearches(world);
  await checkResponses(world);
  await checkRequests(world);
  await checkOutcomes(world);
  await scrConformance(options.specs, options, report);
  await epsConformance(options.specs, options, report);
  if (schemas === null) report.skip('schemas', 'ajv is not installed');
  else
    await report.step({
      name: `schemas of ${shaped} answers`,
      exception: [...exceptions].join('; '),
      run: async () => [...misshapen],
    });
  return report.close();
}

const options = await wireOptions(USAGE);
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`);
  process.exitCode = 2;
} else process.exitCode = await run(options);
