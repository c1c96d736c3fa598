/**
 * What a request costs the generator, by client: node bench/generator/client-cost.ts [requests]. On two shared cores the
 * client decides what can be measured, so the choice of our own is checked here and not believed.
 */
import { Agent, request as httpRequest } from 'node:http';
import { startChildServer } from '../targets/child-server.ts';
import { HttpConnection } from './http-connection.ts';

type Call = () => Promise<void>;

const CONCURRENCY = 32;
const requests = Number(process.argv[2] ?? 20_000);

async function cost(call: Call): Promise<number> {
  const run = async (count: number): Promise<void> => {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  };
  await run(requests / 4);
  const before = process.cpuUsage();
  await run(requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

function ownClient(url: URL): Call {
  const endpoint = { host: url.hostname, port: Number(url.port), secure: false };
  const idle = Array.from({ length: CONCURRENCY }, () => new HttpConnection(endpoint));
  const bytes = `GET /hello HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
  return () =>
    new Promise((resolve, reject) => {
      const connection = idle.pop();
      if (connection === undefined) return reject(new Error('no free connection'));
      connection.send(bytes, false, (reply, failure) => {
        idle.push(connection);
        if (reply?.status === 200) resolve();
        else reject(new Error(failure));
      });
    });
}

function nodeHttp(url: URL): Call {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  return () =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(new URL('/hello', url), { agent }, (response) => {
        response.resume().once('end', resolve);
      });
      sent.once('error', reject).end();
    });
}

function builtInFetch(url: URL): Call {
  return async () => {
    const response = await fetch(new URL('/hello', url));
    await response.text();
  };
}

/** Not a dependency of ours; the platform tools bring it along. */
async function undici(url: URL): Promise<Call | null> {
  try {
    const name = 'undici';
    const { Pool } = (await import(name)) as { Pool: UndiciPool };
    const pool = new Pool(url.origin, { connections: CONCURRENCY });
    return async () => {
      const { body } = await pool.request({ path: '/hello', method: 'GET' });
      await body.dump();
    };
  } catch {
    return null;
  }
}

type UndiciPool = new (
  origin: string,
  options: { connections: number },
) => { request(options: { path: string; method: string }): Promise<{ body: { dump(): Promise<void> } }> };

const server = await startChildServer('bench/baselines/bare/start.ts', []);
try {
  const clients: [string, Call | null][] = [
    ['own socket client', ownClient(server.url)],
    ['undici pool', await undici(server.url)],
    ['node:http agent', nodeHttp(server.url)],
    ['built-in fetch', builtInFetch(server.url)],
  ];
  for (const [name, call] of clients) {
    if (call !== null) console.log(`${name.padEnd(20)}${(await cost(call)).toFixed(0).padStart(5)} µs CPU a request`);
  }
} finally {
  await server.stop();
  process.exit(0);
}
