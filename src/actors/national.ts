/** The configured D1 databases of a deployment: index by partition, record copies by shard. */
import type { NationalDatabases } from '../storage/national/databases.ts';
import type { Env } from './environment.ts';

export function nationalDatabases(env: Env): NationalDatabases {
  return { index: bound(env, env.INDEX_DATABASES), records: bound(env, env.RECORD_DATABASES) };
}

function bound(env: Env, names: string): D1Database[] {
  return names.split(',').map((name) => {
    const database = env[name.trim()];
    if (!isDatabase(database)) throw new Error(`'${name}' is not a D1 binding`);
    return database;
  });
}

function isDatabase(value: unknown): value is D1Database {
  return typeof value === 'object' && value !== null && 'prepare' in value;
}
