/** `npm run import` as a person runs it: a process, a file, an HTTP server. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder = '';
let origin = '';
const keys: (string | undefined)[] = [];

const server = createServer((request, response) => {
  keys.push(request.headers.authorization);
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(request.url === '/operator/status' ? { counters: {} } : { stored: 1, unchanged: 0, failures: [] }),
    );
  });
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
  await writeFile(join(folder, 'operator.key'), 'secret\n');
  await writeFile(join(folder, 'good.ndjson'), '{"resourceType":"Patient","id":"1"}\n');
  await writeFile(join(folder, 'bad.ndjson'), '{"resourceType":"Patient","id":"1"}\n{"resourceType":"Patient"\n');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function run(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['scripts/import.ts', ...args, '--data', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => void (out += String(text)));
    child.stderr.on('data', (text) => void (err += String(text)));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

test('PDS-I57 0 when all is loaded, with the key of the data folder and a summary line', async () => {
  const { code, out } = await run(join(folder, 'good.ndjson'), '--target', origin);
  expect(out).toMatch(
    /^1 patients sent, 1 records stored, 0 unchanged, 0 lines refused, \d+\.\d s, snapshot included\n$/,
  );
  expect(code).toBe(0);
  expect(keys).toContain('Bearer secret');
});

test('PDS-I57 1 when some lines are refused, each with its number in the file', async () => {
  const { code, out, err } = await run(join(folder, 'bad.ndjson'), '--target', origin);
  expect(err).toBe('line 2: not JSON\n');
  expect(out).toContain('1 lines refused');
  expect(code).toBe(1);
});

test('PDS-I57 2 for wrong use', async () => {
  expect((await run()).code).toBe(2);
  expect((await run('--chunk', '0', join(folder, 'good.ndjson'))).err).toBe('--chunk is a number from 1 to 5000\n');
  const missing = await run(join(folder, 'none.ndjson'), '--target', origin);
  expect([missing.code, missing.err]).toEqual([2, `cannot read ${join(folder, 'none.ndjson')}\n`]);
  expect((await run('--nonsense')).code).toBe(2);
});
