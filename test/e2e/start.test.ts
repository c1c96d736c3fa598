/** `npm start` as people meet it: its lock, its options, its doors, and what a crash of one half leaves. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { newcomer } from '../domain/pds/births.ts';
import { answerOf, ask, renamed, wish } from '../support/pds-client.ts';
import { isAlive, newDataFolder, runScript, runStart, SpawnedSpine } from '../support/spawned-spine.ts';
import type { SpineWishes } from '../support/spawned-spine.ts';

const JANE = '/Patient/9000000009';
const running: SpawnedSpine[] = [];
const folders: string[] = [];

/** Started with data that may outlive it; all is cleared after the test. */
async function start(wishes: SpineWishes & { readonly data: string }): Promise<SpawnedSpine> {
  const spine = await SpawnedSpine.start(wishes);
  running.push(spine);
  return spine;
}

async function folder(): Promise<string> {
  const made = await newDataFolder();
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const spine of running.splice(0)) await spine.close();
  for (const made of folders.splice(0)) await SpawnedSpine.remove(made);
});

const rename = (given: string, ifMatch = 2) => wish('PATCH', JANE, { ifMatch, body: renamed('123', given) });

async function janeIs(spine: SpawnedSpine): Promise<{ status: number; version: number; given: string }> {
  const { status, version, body } = await answerOf(spine.url, wish('GET', JANE));
  return { status, version, given: (JSON.parse(body) as { name: { given: string[] }[] }).name[0]?.given[0] ?? '' };
}

describe('one data directory', () => {
  test('RUN-01 RUN-02 a second start says who holds the data and ends with 75; Ctrl+C frees it and keeps it', async () => {
    const data = await folder();
    const first = await start({ data });
    await answerOf(first.url, rename('Mina'));
    const second = await runStart('--data', data);
    expect(second.output).toContain(
      `${data} is in use by process ${first.launcher}; stop it, or use another --data directory`,
    );
    expect(second.code).toBe(75);
    expect(await janeIs(first)).toMatchObject({ status: 200, version: 3 });
    expect(await first.stop()).toBe(0);
    // Options that do not fit together throw nothing away.
    expect((await runStart('--data', data, '--fresh', '--access', 'enforced')).code).toBe(2);
    expect(await janeIs(await start({ data }))).toEqual({ status: 200, version: 3, given: 'Mina' });
  });

  test('RUN-03 after kill -9 of the launcher alone the next start ends the runtime it left and loses nothing', async () => {
    const data = await folder();
    const first = await start({ data });
    const { runtime } = first;
    await first.killLauncher();
    // The runtime still serves: what it acknowledges now must be there later, too.
    const reply = await answerOf(first.url, rename('Lucy'));
    expect([reply.status, isAlive(runtime)]).toEqual([200, true]);
    const next = await start({ data });
    expect(isAlive(runtime)).toBe(false);
    expect(next.runtime).not.toBe(runtime);
    expect(await janeIs(next)).toEqual({ status: 200, version: 3, given: 'Lucy' });
  });

  test('RUN-04 kill -9 of the runtime alone: what was under way fails, later requests are answered, nothing is lost', async () => {
    const spine = await start({ data: await folder() });
    const first = spine.runtime;
    const asked = rename('Lucy');
    const reply = await answerOf(spine.url, asked);
    const underWay = Array.from({ length: 20 }, () =>
      ask(spine.url, wish('POST', '/Patient', { body: JSON.stringify(newcomer()) })),
    );
    await spine.killRuntime();
    const answers = await Promise.all(underWay);
    expect(answers.filter((answer) => answer === null).length).toBeGreaterThan(0);
    const again = await eventually(() => ask(spine.url, asked));
    expect([again.body, again.version]).toEqual([reply.body, 3]);
    await eventually(() => Promise.resolve(spine.runtime === first ? null : spine.runtime));
    expect(isAlive(spine.launcher)).toBe(true);
    const { runtime } = spine;
    // The lock also covers the new runtime: whoever takes over must find it.
    await spine.killLauncher();
    expect(isAlive(runtime)).toBe(true);
    const next = await start({ data: spine.data });
    expect(isAlive(runtime)).toBe(false);
    expect(await janeIs(next)).toMatchObject({ version: 3, given: 'Lucy' });
  });

  test('RUN-05 --fresh throws the data away and keeps the keys; --shards of other data is refused', async () => {
    const data = await folder();
    expect((await runScript('scripts/keys.ts', ['--data', data, '--algorithm', 'ES256'])).code).toBe(0);
    const first = await start({ data, args: ['--shards', '3'] });
    await answerOf(first.url, rename('Mina'));
    await first.stop();
    const other = await runStart('--data', data, '--shards', '5');
    expect([other.code, other.output]).toEqual([2, expect.stringContaining('was created with 3 shards')]);
    // Who does not say takes what is there.
    const again = await start({ data });
    expect(await janeIs(again)).toMatchObject({ version: 3, given: 'Mina' });
    await again.stop();
    const fresh = await start({ data, args: ['--fresh', '--shards', '4', '--access', 'enforced'] });
    const token = (await runScript('scripts/mint-token.ts', ['--data', data])).output.trim();
    const jane = await answerOf(fresh.url, wish('GET', JANE, { token }));
    expect([jane.status, jane.version]).toEqual([200, 2]);
  });
});

async function eventually<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    const found = await attempt();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no answer within 20 s');
}

describe('options', () => {
  test('RUN-06 an unknown option, a wrong value: exit 2 with the usage', async () => {
    for (const args of [['--colour', 'red'], ['--port', 'x'], ['--access', 'ajar'], ['--shards', '0'], ['stray']]) {
      const { code, output } = await runStart('--data', await folder(), ...args);
      expect([args, code]).toEqual([args, 2]);
      expect(output).toContain('npm start -- [options]');
      expect(output).not.toMatch(/^\s+at /m);
    }
  });

  test('RUN-07 a taken port picks the next and says so', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    try {
      const spine = await start({ data: await folder(), args: ['--port', String(port), '--no-quiet'] });
      expect(spine.url).not.toBe(`http://127.0.0.1:${port}`);
      await eventually(() =>
        Promise.resolve(spine.output.text.includes(`port ${port} was taken: serving on`) ? true : null),
      );
      expect((await janeIs(spine)).status).toBe(200);
    } finally {
      taken.close();
    }
  });

  test('RUN-08 the examples it prints work as they stand, the repeat included', async () => {
    const spine = await start({ data: await folder(), args: ['--no-quiet'] });
    await eventually(() => Promise.resolve(spine.output.text.includes('Stop: Ctrl+C') ? true : null));
    const { text } = spine.output;
    expect(text).toContain('ACCESS IS OPEN');
    const run = (name: string): string => {
      const command = new RegExp(`^  ${name}  +(curl (?:.*\\\\\\n)*.*)$`, 'm').exec(text)?.[1] ?? '';
      return spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 10_000 }).stdout;
    };
    expect(JSON.parse(run('Read'))).toMatchObject({ id: '9000000009' });
    expect(JSON.parse(run('Search'))).toMatchObject({ resourceType: 'Bundle', total: 1 });
    const change = run('Change');
    expect(change).toMatch(/^HTTP\/1.1 200 [\s\S]*ETag: W\/"3"[\s\S]*"gender":"male"/);
    expect(run('Change')).toBe(change);
    expect(await janeIs(spine)).toMatchObject({ version: 3 });
  });
});

describe('enforced access', () => {
  test('RUN-09 without keys it says what to do', async () => {
    const data = await folder();
    const { code, output } = await runStart('--data', data, '--access', 'enforced');
    expect(code).toBe(2);
    expect(output).toContain(`--access enforced needs keys; make them: npm run keys -- --data ${data}`);
    const token = await runScript('scripts/mint-token.ts', ['--data', data]);
    expect([token.code, token.output]).toEqual([
      2,
      `${data} holds no keys; make them: npm run keys -- --data ${data}\n`,
    ]);
  });

  test('RUN-09 keys, tokens and the server fit together without further options', async () => {
    const data = await folder();
    const keys = await runScript('scripts/keys.ts', ['--data', data]);
    expect(JSON.parse(keys.output)).toMatchObject({ keys: [{ alg: 'RS512' }] });
    expect(keys.output).not.toContain('"d":');
    const spine = await start({ data, args: ['--access', 'enforced', '--no-quiet'] });
    await eventually(() => Promise.resolve(spine.output.text.includes('Stop: Ctrl+C') ? true : null));
    expect(spine.output.text).toContain(`npm run --silent token -- --data ${data} --mode user-restricted`);
    expect(spine.output.text).not.toContain('ACCESS IS OPEN');
    const mint = async (...args: string[]) =>
      (await runScript('scripts/mint-token.ts', ['--data', data, ...args])).output.trim();
    const status = async (token?: string) =>
      (await answerOf(spine.url, wish('GET', JANE, token === undefined ? {} : { token }))).status;
    expect(await status()).toBe(401);
    expect(await status(await mint('--mode', 'user-restricted'))).toBe(200);
    expect(await status(await mint('--mode', 'patient-access', '--nhs-number', '9000000009'))).toBe(200);
    expect(await status(await mint('--mode', 'user-restricted', '--audience', 'elsewhere'))).toBe(401);
    // A new pair replaces the old one at the next start.
    const old = await mint();
    await runScript('scripts/keys.ts', ['--data', data]);
    await spine.stop();
    const next = await start({ data, args: ['--access', 'enforced'] });
    expect((await answerOf(next.url, wish('GET', JANE, { token: old }))).status).toBe(401);
    expect((await answerOf(next.url, wish('GET', JANE, { token: await mint() }))).status).toBe(200);
  });
});

describe('no outgoing connection', () => {
  const cut = ['unshare', '-rn', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];
  const possible = spawnSync(cut[0] ?? '', [...cut.slice(1), 'true']).status === 0;

  test.skipIf(!possible)('RUN-10 it starts and serves where there is no network but the loopback', async () => {
    const data = await folder();
    // The server lives in a network of its own, so the question must be asked from in there.
    const script = [
      'ip link set lo up',
      'out="$1/out"; "$0" --disable-warning=ExperimentalWarning scripts/start.ts --data "$1" --port 0 --population 40 --quiet > "$out" 2>&1 &',
      'for i in $(seq 200); do grep -q "^edge-spine ready" "$out" && break; kill -0 $! || break; sleep 0.1; done',
      'url=$(sed -n "s/.* \\(http:[^ ]*\\) .*/\\1/p" "$out"); cat "$out"',
      `curl -s "$url/personal-demographics/FHIR/R4/Patient/9000000009" -H "X-Request-ID: 60e0b220-8136-4ca5-ae46-1d97ef59d068"`,
      'kill -INT $!; wait $!; echo " ended $?"',
      // Whatever was sent beyond the loopback, or asked of a name server, has left its count.
      'cat /proc/net/snmp /proc/net/snmp6',
    ].join('\n');
    const child = spawnSync('unshare', ['-rn', 'sh', '-c', script, process.execPath, data], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(child.stdout).toContain('edge-spine ready');
    expect(child.stdout).toContain('"id":"9000000009"');
    expect(child.stdout).toContain(' ended 0');
    const counts = networkCounts(child.stdout);
    expect(counts.get('Tcp ActiveOpens')).toBeGreaterThan(0);
    for (const name of ['Ip OutNoRoutes', 'Ip6OutNoRoutes', 'Udp OutDatagrams', 'Udp6OutDatagrams']) {
      expect([name, counts.get(name)]).toEqual([name, 0]);
    }
  });
});

/** The kernel's counters: pairs of a line of names and a line of numbers, or one name and number a line. */
function networkCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, group, names = '', values = ''] of text.matchAll(/^(\w+): ([A-Z].*)\n\w+: (.*)$/gm)) {
    names.split(' ').forEach((name, index) => counts.set(`${group} ${name}`, Number(values.split(' ')[index])));
  }
  for (const [, name = '', value] of text.matchAll(/^(\w+6\w+)\s+(\d+)$/gm)) counts.set(name, Number(value));
  return counts;
}
