/**
 * node test/wire/mesh-large.ts [CHUNKS]: one message of 27 chunks of 75 MiB (2.1 GB) through a server of its own, as the official
 * Python client cuts it; byte for byte the same at the end, and the greatest memory the server took on the way.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { meshToken } from '../support/mesh-client.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const CHUNK_BYTES = 75 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
const MEMORY_MAX_MB = 512;
const CHUNKS = Number(process.argv[2] ?? 27);
const [FROM, TO] = ['X26ABC1', 'X26ABC2'];

const agent = new Agent({ keepAlive: true });
const piece = randomBytes(PIECE_BYTES);

/** The pieces of a chunk: the same bytes with another number in front, so that no two chunks are equal. */
function* piecesOf(chunk: number): Generator<Buffer> {
  for (let n = 0; n < CHUNK_BYTES / PIECE_BYTES; n++) {
    const own = Buffer.from(piece);
    own.writeUInt32BE(chunk * 1_000 + n, 0);
    yield own;
  }
}

interface Wish {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly mailbox: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces?: Iterable<Buffer>;
}

function call(url: URL, { method, path, mailbox, headers = {}, pieces }: Wish): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const all = { accept: 'application/vnd.mesh.v2+json', authorization: meshToken(mailbox), ...headers };
    const request = send(
      { host: url.hostname, port: url.port, method, path: `/messageexchange/${mailbox}${path}`, headers: all, agent },
      resolve,
    );
    request.on('error', reject);
    void write(request, pieces ?? []);
  });
}

async function write(request: ReturnType<typeof send>, pieces: Iterable<Buffer>): Promise<void> {
  for (const part of pieces) {
    if (!request.write(part)) await new Promise((resolve) => void request.once('drain', resolve));
  }
  request.end();
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response) text += String(part);
  return text;
}

async function upload(url: URL): Promise<string> {
  let id = '';
  for (let chunk = 1; chunk <= CHUNKS; chunk++) {
    const headers = {
      'mex-to': TO ?? '',
      'mex-workflowid': 'LARGE',
      'mex-chunk-range': `${chunk}:${CHUNKS}`,
      'content-length': String(CHUNK_BYTES),
    };
    const path = chunk === 1 ? '/outbox' : `/outbox/${id}/${chunk}`;
    const response = await call(url, { method: 'POST', path, mailbox: FROM ?? '', headers, pieces: piecesOf(chunk) });
    const text = await textOf(response);
    if (response.statusCode !== 202) throw new Error(`chunk ${chunk}: ${response.statusCode} ${text}`);
    id = (JSON.parse(text) as { message_id: string }).message_id;
  }
  return id;
}

async function download(url: URL, id: string): Promise<void> {
  for (let chunk = 1; chunk <= CHUNKS; chunk++) {
    const response = await call(url, {
      method: 'GET',
      path: `/inbox/${id}/${chunk}`,
      mailbox: TO ?? '',
      headers: { 'accept-encoding': 'gzip' },
    });
    if (response.statusCode !== (chunk === CHUNKS ? 200 : 206))
      throw new Error(`chunk ${chunk}: ${response.statusCode}`);
    const [got, wanted] = [createHash('sha256'), createHash('sha256')];
    for await (const part of response) got.update(part as Buffer);
    for (const part of piecesOf(chunk)) wanted.update(part);
    if (got.digest('hex') !== wanted.digest('hex')) throw new Error(`chunk ${chunk} came back with other bytes`);
  }
}

/** Greatest resident memory of a process so far, in MB. */
function peakMemory(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return Math.round(Number(kilobytes) / 1024);
}

const spine = await SpawnedSpine.start();
try {
  const url = new URL(spine.url);
  const megabytes = Math.round((CHUNKS * CHUNK_BYTES) / 1e6);
  const began = performance.now();
  const id = await upload(url);
  const up = (performance.now() - began) / 1000;
  await download(url, id);
  const down = (performance.now() - began) / 1000 - up;
  const acknowledged = await call(url, {
    method: 'PUT',
    path: `/inbox/${id}/status/acknowledged`,
    mailbox: TO ?? '',
    headers: { 'content-length': '0' },
  });
  const [server, launcher] = [peakMemory(spine.runtime), peakMemory(spine.launcher)];
  console.log(
    `${megabytes} MB in ${CHUNKS} chunks: up ${up.toFixed(1)} s (${Math.round(megabytes / up)} MB/s), down and compared ${down.toFixed(1)} s, acknowledged ${acknowledged.statusCode}`,
  );
  console.log(`peak memory: server ${server} MB (bound ${MEMORY_MAX_MB}), launcher ${launcher} MB`);
  process.exitCode = server < MEMORY_MAX_MB && acknowledged.statusCode === 200 ? 0 : 1;
} finally {
  agent.destroy();
  await spine.close();
}
