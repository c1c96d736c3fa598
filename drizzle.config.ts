/** Generates migrations/ from the national tables. Shard tables are not D1's and have no migrations here. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/storage/national/tables.ts',
  out: './migrations',
});
