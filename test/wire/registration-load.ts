/**
 * node test/wire/registration-load.ts SPECS: what the bulk registration of a rotation day does to everybody else. Prints the
 * latency of PDS reads without and with it, at the same steady rate.
 */
import { exportJWK, generateKeyPair } from 'jose';
import { randomUUID } from 'node:crypto';
import { Client, PATIENT, USER, pause } from './identity/client.ts';
import { loadIdentityPack, loadLines, readIdentityPack } from './identity-pack.ts';
import { wireOptions } from './options.ts';
import type { WireOptions } from './options.ts';

const USAGE = `Usage: node test/wire/registration-load.ts SPECS [--target URL] [--data DIR | --token KEY]
The server must run with --access enforced.`;

const ROWS = 3_200;
const EVERY_MS = 40;
const BASELINE_MS = 8_000;
const RA = '/care-identity/registration-authority/v1';
const APP = 'registration-load';

async function clientOf(options: WireOptions): Promise<Client> {
  const pack = readIdentityPack(options.specs);
  if (pack === null) throw new Error(`${options.specs} holds no identity pack`);
  await loadIdentityPack(pack, options);
  const [app, provider] = await Promise.all([generateKeyPair('RS512'), generateKeyPair('RS512')]);
  const value = {
    client_id: APP,
    name: APP,
    client_secret: 'secret',
    status: 'approved',
    redirect_uris: ['https://example.org/callback'],
    jwks: {
      keys: [
        {
          ...(await exportJWK(app.publicKey)),
          kid: 'conformance',
        },
      ],
    },
    scopes: ['urn:nhsd:apim:user-nhs-cis2:aal3:personal-demographics-service'],
    quota: {
      requests: 1e4,
      interval: 1,
      unit: 'second',
    },
    spike: 1e4,
  };
  const { failures } = await loadLines([{ kind: 'application', value }], options);
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  await pause(1_100);
  return new Client(options.target, { client_id: APP, client_secret: 'secret' }, [app.privateKey, provider.privateKey]);
}

interface Latencies {
  readonly count: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Open loop: a read is due every few milliseconds, and its time counts from when it was due. */
async function reads(client: Client, token: unknown, running: () => boolean): Promise<Latencies> {
  const took: number[] = [];
  const statuses: number[] = [];
  const asked: Promise<void>[] = [];
  const began = performance.now();
  for (let number = 0; running(); number++) {
    const due = began + number * EVERY_MS;
    await pause(Math.max(0, due - performance.now()));
    const one = (async () => {
      const { status } = await client.pds(token, `/Patient/${PATIENT}`);
      if (status === 200) took.push(performance.now() - due);
      else statuses.push(status);
    })();
    asked.push(one);
  }
  await Promise.all(asked);
  if (statuses.length > 0) process.stdout.write(`refused with ${[...new Set(statuses)].join()}\n`);
  const failed = statuses.length;
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 10) / 10;
  return { count: sorted.length, failed, p50: at(0.5), p99: at(0.99), max: Math.round(sorted.at(-1) ?? 0) };
}

const line = (name: string, { count, failed, max, p50, p99 }: Latencies): string =>
  `${name.padEnd(22)} ${count} reads, ${failed} failed, p50 ${p50} ms, p99 ${p99} ms, slowest ${max} ms\n`;

async function run(options: WireOptions): Promise<number> {
  const client = await clientOf(options);
  const reader: unknown = (await client.logIn(USER)).body['access_token'];
  const manager: unknown = (await client.logIn('656005750104')).body['access_token'];
  const headers = { authorization: `Bearer ${String(manager)}`, 'nhsd-session-urid': '656005754108' };
  const until = (at: number) => () => performance.now() < at;
  await reads(client, reader, until(performance.now() + 2_000));
  const alone = await reads(client, reader, until(performance.now() + BASELINE_MS));
  process.stdout.write(line('without', alone));
  const batch = randomUUID().slice(0, 8);
  const rows = Array.from({ length: ROWS }, (_, at) =>
    JSON.stringify({
      key: `${batch}-${at}`,
      given_name: 'Jo',
      family_name: `${batch}${at}`,
      birth_date: '1995-05-05',
      role_code: 'R8000',
    }),
  );
  let done = false;
  let progress: Readonly<Record<string, unknown>> = {};
  const began = performance.now();
  const job = (async () => {
    const type = { 'content-type': 'application/x-ndjson', 'x-request-id': randomUUID() };
    const sent = { method: 'POST', headers: { ...headers, ...type }, body: rows.join('\n') };
    const accepted = await client.send(`${RA}/bulk-jobs`, sent);
    if (accepted.status !== 202) throw new Error(`${accepted.status}: ${accepted.text}`);
    for (let polls = 0; polls < 300 && progress['status'] !== 'completed'; polls++) {
      await pause(1_000);
      progress = (await client.send(accepted.location.slice(options.target.replace(/\/$/, '').length), { headers }))
        .body;
    }
  })().finally(() => {
    done = true;
  });
  const beside = await reads(client, reader, () => !done);
  await job;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  process.stdout.write(line('with the registration', beside));
  process.stdout.write(`${String(progress['registered'])} of ${ROWS} registered in ${seconds} s\n`);
  return progress['registered'] === ROWS && seconds < 60 && alone.failed + beside.failed === 0 ? 0 : 1;
}

const options = await wireOptions(USAGE);
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`);
  process.exitCode = 2;
} else process.exitCode = await run(options);
