/** Two ways to run a test: pure code in Node, everything that needs the platform inside workerd. */
import { availableParallelism } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { LogWatch } from './test/support/log-watch.ts';

/** No test takes long; on a machine that others use too, all take several times as long. */
const SLOW_MACHINE_MS = 20_000;

export default defineConfig({
  test: {
    // Vitest leaves one core free; on two cores that is one file at a time, half of it spent waiting for new processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', new LogWatch()],
    projects: [
      {
        test: {
          name: 'pure',
          testTimeout: SLOW_MACHINE_MS,
          include: [
            'test/{domain,nhs,fhir,bench,simulation,client,population,scripts,routes,security}/**/*.test.ts',
            'test/*.test.ts',
          ],
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: './src/index.ts',
            wrangler: { configPath: './wrangler.toml' },
            // Tests ship when they say so. A second index database, for what must hold across several.
            miniflare: {
              d1Databases: { NATIONAL_1: 'national-1' },
              bindings: { MESH_SHARED_KEY: 'TestKey', JOURNAL_SHIPPING: 'off' },
            },
          }),
        ],
        test: {
          name: 'workerd',
          testTimeout: SLOW_MACHINE_MS,
          include: ['test/{engine,actors,storage}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
