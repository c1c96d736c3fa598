/** npm run load-packs -- SPECS: loads the seed people of the specification packs into a running edge-spine. */
import { importPatients } from '../../scripts/import/import-patients.ts';
import { TargetRefuses, TargetUnreachable } from '../../scripts/import/operator-api.ts';
import { linesOf } from '../../scripts/import/source-line.ts';
import { loadEpsPack, readEpsPack } from './eps-pack.ts';
import { loadIdentityPack, readIdentityPack } from './identity-pack.ts';
import { loadMeshPack, readMeshPack } from './mesh-pack.ts';
import { wireOptions } from './options.ts';
import type { WireOptions } from './options.ts';
import { seedResources } from './pack-import.ts';
import { loadScrSeed, scrSeed } from './scr-pack.ts';

async function load({ pack, specs, target, token }: WireOptions): Promise<number> {
  const summary = await importPatients(linesOf(pack.seeds.map(seedResources)), {
    target,
    token,
    identity: 'pds/sandbox-patients.json',
    onFailure: ({ line, reason }) => process.stderr.write(`resource ${line}: ${reason}\n`),
  });
  const { patients, stored, unchanged, refused, snapshot } = summary;
  process.stdout.write(
    `pds: ${patients} people, ${stored} records stored, ${unchanged} unchanged, ${refused} refused, snapshot ${snapshot}\n`,
  );
  const mesh = readMeshPack(specs);
  const unread = mesh === null ? 0 : await loadMeshPack(mesh, { target, token });
  const scr = scrSeed(specs);
  if (scr === null) return refused + unread === 0 ? 0 : 1;
  const loaded = await loadScrSeed(scr, { target, token });
  for (const problem of loaded.problems) process.stderr.write(`scr: ${problem}\n`);
  process.stdout.write(
    `scr: ${loaded.patients} patients, ${loaded.permissions} permissions, ${loaded.summaries} summaries\n`,
  );
  return refused + unread === 0 && loaded.problems.length === 0 ? 0 : 1;
}

/** 0 also where the specifications hold no identity pack. */
async function loadIdentity({ specs, target, token }: WireOptions): Promise<number> {
  const pack = readIdentityPack(specs);
  if (pack === null) return 0;
  const { stored, unchanged, failures } = await loadIdentityPack(pack, { target, token });
  for (const { line, reason } of failures) process.stderr.write(`identity line ${line}: ${reason}\n`);
  process.stdout.write(
    `identity: ${stored} registrations stored, ${unchanged} unchanged, ${failures.length} refused\n`,
  );
  return failures.length === 0 ? 0 : 1;
}

/** What prescription signatures are trusted by. */
async function loadEps({ specs, target, token }: WireOptions): Promise<number> {
  const pack = readEpsPack(specs);
  if (pack === null) return 0;
  const { changed } = await loadEpsPack(pack, { target, token });
  process.stdout.write(`eps: 1 authority trusted, ${changed ? 'new' : 'unchanged'}\n`);
  return 0;
}

async function main(): Promise<number> {
  const options = await wireOptions('Usage: npm run load-packs -- SPECS [--target URL] [--token KEY | --data DIR]');
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return 2;
  }
  try {
    const people = await load(options);
    return Math.max(people, await loadIdentity(options), await loadEps(options));
  } catch (error) {
    if (!(error instanceof TargetUnreachable || error instanceof TargetRefuses)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof TargetUnreachable ? 3 : 2;
  }
}

process.exitCode = await main();
