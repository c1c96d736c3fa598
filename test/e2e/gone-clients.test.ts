import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SpawnedSpine } from '../support/spawned-spine.ts';

let spine: SpawnedSpine;
beforeAll(async () => {
  spine = await SpawnedSpine.start();
});
afterAll(() => spine.close());

const PATH = '/personal-demographics/FHIR/R4/Patient/9000000009';

/** Asks and is gone before the answer can be there. */
function askAndGo(lingerMs: number): Promise<void> {
  const { hostname, port } = new URL(spine.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${PATH} HTTP/1.1\r\nHost: ${hostname}\r\nX-Request-ID: ${crypto.randomUUID()}\r\n\r\n`);
      setTimeout(() => socket.destroy(), lingerMs);
    });
    socket.on('error', () => undefined).on('close', () => resolve());
  });
}

async function ask(): Promise<number> {
  const started = performance.now();
  const response = await fetch(spine.url + PATH, { headers: { 'X-Request-ID': crypto.randomUUID() } });
  await response.text();
  expect(response.status).toBe(200);
  return performance.now() - started;
}

test('ENG-E07 clients that go away in the middle cost the others no answer', async () => {
  const took: number[] = [];
  for (let wave = 0; wave < 12; wave++) {
    const gone = Array.from({ length: 24 }, (_, index) => askAndGo(index % 4));
    took.push(...(await Promise.all(Array.from({ length: 8 }, () => ask()))));
    await Promise.all(gone);
  }
  expect(took).toHaveLength(96);
  // A lane whose carrier died silently would hold an answer back for seconds.
  expect(Math.max(...took)).toBeLessThan(4_000);
});
