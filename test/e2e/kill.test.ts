/** Writers, kill -9, restart, again and again: what was acknowledged is there, what is repeated happens once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newcomer } from '../domain/pds/births.ts';
import { breaches } from '../support/history.ts';
import type { Attempt } from '../support/history.ts';
import { answerOf, ask, digestOf, lettersOf, renamed, wish } from '../support/pds-client.ts';
import type { Reply, Wish } from '../support/pds-client.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const WRITERS = 64;
const PATIENTS = 40;
const CYCLES = Number(process.env['KILL_CYCLES'] ?? 20);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
/** The people are those the test makes: a quick start. */
const NOBODY = ['--no-sandbox', '--population', '0'];
const CREATES_SHARE = 0.06;
const REPEATS_SHARE = 0.08;

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Patient {
  readonly number: string;
  readonly nameId: string;
  newest: number;
}

/** A write whose reply was seen: every repeat must equal it. */
interface Acknowledged {
  readonly asked: Wish;
  readonly reply: Reply;
}

const ADDRESS = [
  {
    use: 'home',
    period: { start: '2020-01-01' },
    line: ['2', 'Mill Lane', 'Eastgate', 'LEEDS', 'Yorkshire'],
    postalCode: 'LS1 6AE',
  },
];

/** Everything the clients did and saw. */
class Clients {
  readonly random = seeded(SEED);
  readonly patients: Patient[] = [];
  readonly history: Attempt[] = [];
  readonly acknowledged: Acknowledged[] = [];
  readonly created = new Map<string, Reply>();
  readonly differing: string[] = [];
  unknown: Wish[] = [];
  unknownEver = 0;
  stopped = true;
  url = '';
  #people = 0;
  #names = 0;

  createWish(): Wish {
    const index = this.#people++;
    const name = [
      {
        use: 'usual',
        given: ['Ida'],
        family: `Q${lettersOf(SEED)}${lettersOf(index)}`,
        period: { start: '2001-01-01' },
      },
    ];
    const birthDate = `19${50 + (index % 50)}-0${1 + (index % 9)}-1${Math.floor(index / 50) % 10}`;
    return wish('POST', '/Patient', { body: JSON.stringify(newcomer({ name, birthDate, address: ADDRESS })) });
  }

  async attempt(asked: Wish): Promise<Reply | null> {
    const invoked = performance.now();
    const reply = await ask(this.url, asked);
    const returned = performance.now();
    if (asked.method === 'POST') return this.#heardCreate(asked, reply);
    const record = asked.path.slice('/Patient/'.length);
    const kind = asked.method === 'GET' ? 'read' : 'write';
    const facts = {
      requestId: asked.requestId,
      record,
      kind,
      invoked,
      ...(asked.ifMatch === undefined ? {} : { expected: asked.ifMatch }),
    } as const;
    if (reply === null) {
      this.history.push({ ...facts, returned: Infinity, outcome: 'unknown' });
      if (kind === 'write') this.unknown.push(asked);
    } else if (reply.status === 200) {
      this.history.push({ ...facts, returned, outcome: 'ok', version: reply.version, digest: digestOf(reply.body) });
      const patient = this.patients.find(({ number }) => number === record);
      if (patient) patient.newest = Math.max(patient.newest, reply.version);
      if (kind === 'write') this.acknowledged.push({ asked, reply });
    } else {
      if (reply.status !== 409) throw new Error(`${asked.method} ${record}: ${reply.status} ${reply.body}`);
      this.history.push({ ...facts, returned, outcome: 'conflict' });
    }
    return reply;
  }

  /** One more person of those whose records the writers share. */
  async admitPatient(): Promise<void> {
    const { body } = await answerOf(this.url, this.createWish());
    const { id, name } = JSON.parse(body) as { id: string; name: { id: string }[] };
    this.patients.push({ number: id, nameId: name[0]?.id ?? '', newest: 1 });
  }

  #heardCreate(asked: Wish, reply: Reply | null): Reply | null {
    if (reply === null) {
      this.unknown.push(asked);
      return null;
    }
    // Nobody else has these names: anything but a new record would be a doubled or a lost create.
    if (reply.status !== 201) throw new Error(`POST: ${reply.status} ${reply.body}`);
    const { id } = JSON.parse(reply.body) as { id: string };
    if (this.created.has(id)) throw new Error(`${id} was issued twice`);
    this.created.set(id, reply);
    this.acknowledged.push({ asked, reply });
    return reply;
  }

  async repeat({ asked, reply }: Acknowledged): Promise<void> {
    const again = await ask(this.url, asked);
    if (again === null) return;
    if (again.status !== reply.status || again.body !== reply.body || again.version !== reply.version) {
      this.differing.push(
        `${asked.method} ${asked.path} ${asked.requestId}: ${reply.status}/${reply.version}, then ${again.status}/${again.version}`,
      );
    }
  }

  async #step(): Promise<void> {
    const dice = this.random();
    const known = this.acknowledged[Math.floor(this.random() * this.acknowledged.length)];
    const patient = this.patients[Math.floor(this.random() * this.patients.length)];
    if (dice < CREATES_SHARE) await this.attempt(this.createWish());
    else if (dice < CREATES_SHARE + REPEATS_SHARE && known) await this.repeat(known);
    else if (patient) await this.#change(patient);
  }

  async #change(patient: Patient): Promise<void> {
    const path = `/Patient/${patient.number}`;
    if (this.random() < 0.3) await this.attempt(wish('GET', path));
    const body = renamed(patient.nameId, `N${lettersOf(this.#names++)}`);
    const reply = await this.attempt(wish('PATCH', path, { ifMatch: patient.newest, body }));
    if (reply?.status === 409) await this.attempt(wish('GET', path));
  }

  /** 64 writers until `stopped`. */
  async run(): Promise<void> {
    this.stopped = false;
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        while (!this.stopped) await this.#step();
      }),
    );
  }

  /** The clients' duty after no answer: the same request again, until there is one. */
  async settleUnknown(): Promise<void> {
    const owed = this.unknown;
    this.unknown = [];
    this.unknownEver += owed.length;
    await Promise.all(owed.map((asked) => this.attempt(asked)));
    expect(this.unknown).toEqual([]);
  }

  async repeatSome(count: number): Promise<void> {
    const lanes = Array.from({ length: 16 }, async () => {
      for (let i = 0; i < count / 16; i++) {
        const known = this.acknowledged[Math.floor(this.random() * this.acknowledged.length)];
        if (known) await this.repeat(known);
      }
    });
    await Promise.all(lanes);
  }
}

async function recordsOf(spine: SpawnedSpine): Promise<number> {
  const authorization = `Bearer ${readFileSync(join(spine.data, 'operator.key'), 'utf8').trim()}`;
  const response = await fetch(`${spine.url}/operator/status`, { headers: { authorization } });
  return ((await response.json()) as { counters: { records: number } }).counters.records;
}

test('RUN-20 RUN-21 kill -9 under 64 writers loses nothing that was acknowledged and doubles nothing that is repeated', async () => {
  console.log(`kill test: KILL_SEED=${SEED} repeats these wishes`);
  const clients = new Clients();
  let spine = await SpawnedSpine.start({ args: NOBODY });
  const { data } = spine;
  try {
    const before = await recordsOf(spine);
    clients.url = spine.url;
    await Promise.all(Array.from({ length: PATIENTS }, () => clients.admitPatient()));
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const working = clients.run();
      await new Promise((resolve) => setTimeout(resolve, 500 + clients.random() * 500));
      clients.stopped = true;
      await spine.kill();
      await working;
      spine = await spine.restart(...NOBODY);
      clients.url = spine.url;
      await clients.settleUnknown();
      await clients.repeatSome(32);
    }
    await clients.repeatSome(480);
    console.log(
      `kill test: ${CYCLES} kills, ${clients.acknowledged.length} writes acknowledged (${clients.created.size} creates), ${clients.unknownEver} unknown`,
    );
    await judge(clients, spine, before);
  } finally {
    await spine.close();
    await SpawnedSpine.remove(data);
  }
}, 240_000);

async function judge(clients: Clients, spine: SpawnedSpine, before: number): Promise<void> {
  expect(clients.unknownEver).toBeGreaterThan(CYCLES);
  expect(clients.acknowledged.length).toBeGreaterThan(20 * CYCLES);
  expect(clients.differing).toEqual([]);
  for (const { number } of clients.patients) await clients.attempt(wish('GET', `/Patient/${number}`));
  expect(breaches(clients.history, new Map(clients.patients.map(({ number }) => [number, 1])))).toEqual([]);
  for (const { number, newest } of clients.patients) {
    const writes = new Set(
      clients.acknowledged.filter(({ asked }) => asked.path.endsWith(number)).map(({ asked }) => asked.requestId),
    );
    expect([number, writes.size]).toEqual([number, newest - 1]);
  }
  for (const [number, reply] of clients.created) {
    const now = await answerOf(spine.url, wish('GET', `/Patient/${number}`));
    expect([now.status, now.version, now.body]).toEqual([200, 1, reply.body]);
  }
  expect(await recordsOf(spine)).toBe(before + PATIENTS + clients.created.size);
}
