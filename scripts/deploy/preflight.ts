/** What a deploy must not find out halfway: read from the files alone, no account, no network. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

/** Findings that stand in the way; empty when the deploy may go on. */
export function preflight(env: string): string[] {
  const config = read('wrangler.toml');
  return [...classFindings(config, env), ...settingFindings(config, env), ...migrationFindings()];
}

const names = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name]) => name ?? '');

/** Every exported actor class has a migration, and a binding at the top level and in the environment. */
export function classFindings(config: string, env: string): string[] {
  const exported = names(read('src/index.ts'), /^export \{ (\w+) \} from '\.\/actors\//gm);
  const migrated = names(config, /new_sqlite_classes = \[([^\]]*)\]/g).flatMap((list) => names(list, /"(\w+)"/g));
  const bound = (prefix: string): string[] =>
    names(
      config,
      new RegExp(`\\[\\[${prefix}durable_objects\\.bindings\\]\\]\\nname = "\\w+"\\nclass_name = "(\\w+)"`, 'g'),
    );
  const lacks = (list: readonly string[], where: string) =>
    exported.filter((name) => !list.includes(name)).map((name) => `class ${name} is missing ${where}`);
  return [
    ...lacks(migrated, 'in [[migrations]]'),
    ...lacks(bound(''), 'in the top-level bindings'),
    ...lacks(bound(`env.${env}.`), `in the bindings of ${env}`),
  ];
}

/** Open access and mock parts belong to test deployments only; the Worker refuses them too, but later. */
export function settingFindings(config: string, env: string): string[] {
  const section = config.split(`[env.${env}.vars]`)[1]?.split('\n[')[0] ?? '';
  const value = (name: string) => new RegExp(`^${name} = "([^"]*)"`, 'm').exec(section)?.[1];
  const findings = ['ENVIRONMENT', 'ACCESS', 'SHARDS']
    .filter((name) => value(name) === undefined)
    .map((name) => `${env} sets no ${name}`);
  if (env === 'live' && value('ACCESS') !== 'enforced') findings.push('live must enforce access');
  return findings;
}

/** What D1 refuses remotely although it passes locally. */
export function migrationFindings(): string[] {
  return readdirSync(`${root}migrations`)
    .filter((name) => name.endsWith('.sql'))
    .flatMap((name) => {
      const text = read(`migrations/${name}`);
      const findings: string[] = [];
      if (/^\s*(BEGIN|COMMIT|SAVEPOINT|ROLLBACK)\b/im.test(text))
        findings.push(`${name}: transaction statements fail on D1`);
      if (/\bDROP\s+(TABLE|COLUMN)\b/i.test(text))
        findings.push(`${name}: migrations only add, older code must run on`);
      if (text.split('--> statement-breakpoint').some((statement) => statement.length > 100_000)) {
        findings.push(`${name}: a statement is over 100 KB`);
      }
      return findings;
    });
}
