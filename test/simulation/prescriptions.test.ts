/** Prescriptions with a crash or a message fault at every step: handed out once, never lost, and everybody told what happened. */
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../src/actors/addresses.ts';
import { statusOf } from '../../src/domain/eps/prescription-state.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import { nhsNumberCheckDigit } from '../../src/nhs/nhs-number.ts';
import { checkedPrescriptionId } from '../../src/nhs/prescription-id.ts';
import type { EpsCall, ReadBody } from '../../src/routes/eps/call.ts';
import { processCancel } from '../../src/routes/eps/cancel.ts';
import { processOrder } from '../../src/routes/eps/order.ts';
import { release } from '../../src/routes/eps/release.ts';
import { callerFacts, isRefused } from '../../src/routes/record-call.ts';
import type { Result } from '../../src/routes/record-call.ts';
import { requestContext } from '../../src/routes/request-context.ts';
import type { Surroundings } from '../../src/routes/request-context.ts';
import { readSettings } from '../../src/routes/settings.ts';
import { order } from '../support/prescription-order.ts';
import { AGENT, PrescriptionWorld } from '../support/prescription-world.ts';
import type { Fault, Name } from '../support/prescription-world.ts';

const SETTINGS = readSettings({ ACCESS: 'open', ENVIRONMENT: 'local' });

const NAMES: readonly Name[] = ['patient-0', 'patient-1', 'locator', 'organization', 'edge'];
const PHARMACY = 'FA565';
const MINUTE = 60_000;
const good = () => Promise.resolve([]);

/** Numbers on both shards. */
const PATIENTS = ['900000001', '900000002', '900000003', '900000004', '900000005', '900000006']
  .flatMap((nine) => {
    const digit = nhsNumberCheckDigit(nine);
    return digit === null ? [] : [`${nine}${digit}`];
  })
  .slice(0, 4);

const id = (n: number) => `24F5D${n}-A83008-7EFE6`;
const item = (n: number) => `2b1e0a6f-1c5e-4a11-9d35-00000000000${n}`;

interface Told {
  readonly status: number;
  readonly body: string;
}

class Client {
  readonly world: PrescriptionWorld;
  readonly received: string[] = [];

  constructor(world: PrescriptionWorld) {
    this.world = world;
  }

  /** One try; null where no answer came. */
  async once(
    requestId: string,
    body: unknown,
    act: (call: EpsCall, read: ReadBody) => Promise<Result>,
  ): Promise<Told | null> {
    const { world } = this;
    const text = JSON.stringify(body);
    const request = new Request('https://edge.test/electronic-prescriptions/FHIR/R4/x', {
      method: 'POST',
      body: text,
      headers: { 'X-Request-ID': requestId },
    });
    const spine = { prescriptions: world.door() } as unknown as Surroundings['spine'];
    const context = requestContext(request, { spine, settings: SETTINGS, now: world.time });
    const grant = {
      kind: 'granted',
      open: true,
      app: { id: 'open', name: 'open', attributes: {} },
      scopes: [],
      roles: [],
    } as const;
    const call: EpsCall = {
      context,
      agent: AGENT,
      requestId,
      query: {},
      caller: callerFacts(context, grant, undefined),
      family: 'combined',
      grant,
    };
    try {
      const result = await world.edge(() => act(call, { kind: 'body', text, value: JSON.parse(text) as unknown }));
      if (!isRefused(result)) return { status: result.status, body: result.body ?? '' };
      return result.code === 'overloaded' || result.code === 'timeout' ? null : { status: 400, body: result.code };
    } catch {
      return null;
    }
  }

  /** The same request until it is answered, as the wire asks of it. */
  async again(
    requestId: string,
    body: unknown,
    act: (call: EpsCall, read: ReadBody) => Promise<Result>,
  ): Promise<Told> {
    for (let attempt = 1; attempt <= 40; attempt++) {
      const told = await this.once(requestId, body, act);
      if (told !== null) return told;
      await new Promise<void>((resolve) => void this.world.after(1_000, resolve));
    }
    throw new Error('never answered');
  }

  order(n: number, more: { nominated?: string } = { nominated: PHARMACY }): Promise<Told> {
    return this.again(`order-${n}`, orderOf(n, this.world.time, more), (call, body) => processOrder(call, body, null));
  }

  cancel(n: number, which: number): Promise<Told> {
    const message = orderOf(n, this.world.time, {});
    message.identifier.value = `cancel-${n}-${which}`;
    message.entry = message.entry.filter(
      ({ fullUrl }) => !fullUrl.includes('-00000000000') || fullUrl.endsWith(item(which)),
    );
    return this.again(message.identifier.value, message, (call, body) => processCancel(call, body));
  }

  /** What was received of a release, by its id or out of the queue. */
  took({ status, body }: Told): readonly string[] {
    if (status !== 200 || !body.includes('passedPrescriptions')) return [];
    const { parameter } = JSON.parse(body) as {
      parameter: {
        resource: { entry?: { resource: { entry: { resource: { groupIdentifier?: { value: string } } }[] } }[] };
      }[];
    };
    const passed = parameter[0]?.resource.entry ?? [];
    return passed.flatMap(({ resource }) =>
      resource.entry.flatMap((entry) => entry.resource.groupIdentifier?.value ?? []).slice(0, 1),
    );
  }

  byId(n: number, ods: string): Promise<Told> {
    return this.again(`release-${n}-${ods}`, parameters(ods, checkedPrescriptionId(id(n))), (call) =>
      release(call, good),
    );
  }

  /** Polls like a pharmacy until nothing has come for two rounds. `anew`: an answer that does not come is not asked for again. */
  async poll(anew: boolean): Promise<void> {
    for (let round = 0, empty = 0; empty < 3 && round < 12; round++) {
      const wish = parameters(PHARMACY);
      const act = (call: EpsCall) => release(call, good);
      const told = anew ? await this.once(`poll-${round}`, wish, act) : await this.again(`poll-${round}`, wish, act);
      const came = told === null ? [] : this.took(told);
      this.received.push(...came);
      empty = came.length === 0 && told !== null ? empty + 1 : 0;
      await new Promise<void>((resolve) => void this.world.after(70_000, resolve));
    }
  }
}

function orderOf(n: number, now: number, { nominated }: { nominated?: string }) {
  const authoredOn = `${new Date(now).toISOString().slice(0, 19)}+00:00`;
  const message = order({
    nhsNumber: PATIENTS[n % PATIENTS.length] ?? '',
    shortId: checkedPrescriptionId(id(n)),
    messageId: `order-${n}`,
    items: [item(1), item(2)],
    authoredOn,
    ...(nominated === undefined ? {} : { nominated }),
  });
  const requester = message.entry[1]?.resource['requester'];
  const signature = [{ when: authoredOn, who: requester, data: 'c2lnbmVk' }];
  message.entry.push({ fullUrl: 'urn:uuid:provenance', resource: { resourceType: 'Provenance', signature } });
  return message as typeof message & { identifier: { value: string } };
}

const parameters = (ods: string, shortId?: string) => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'owner',
      resource: {
        resourceType: 'Organization',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: ods }],
        name: `Pharmacy ${ods}`,
      },
    },
    { name: 'status', valueCode: 'accepted' },
    {
      name: 'agent',
      resource: {
        resourceType: 'PractitionerRole',
        practitioner: { identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '3415870201' } },
        telecom: [{ system: 'phone', value: '1', use: 'work' }],
      },
    },
    ...(shortId === undefined ? [] : [{ name: 'group-identifier', valueIdentifier: { value: shortId } }]),
  ],
});

interface Ended<T> {
  readonly world: PrescriptionWorld;
  readonly result: T;
}

async function ended<T>(
  faults: readonly Fault[],
  play: (client: Client, world: PrescriptionWorld) => Promise<T>,
): Promise<Ended<T>> {
  const world = new PrescriptionWorld(faults);
  let over = false;
  const playing = play(new Client(world), world).finally(() => (over = true));
  playing.catch(() => undefined);
  await world.run(60 * MINUTE, () => over);
  if (!over) throw new Error(`stuck after ${world.trace.length} steps`);
  return { world, result: await playing };
}

const WANTED = [0, 1, 2, 3];
const shortIds = WANTED.map((n) => checkedPrescriptionId(id(n))).toSorted();

async function ordersAndPolls(client: Client, anew = false): Promise<readonly string[]> {
  const ordered = await Promise.all(WANTED.map((n) => client.order(n)));
  expect(ordered.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  await client.poll(anew);
  return client.received.toSorted();
}

/** Every fault at every step of a play, one at a time. */
async function everywhere(
  play: (client: Client, world: PrescriptionWorld) => Promise<unknown>,
  { stride, offset }: { stride: number; offset: number },
  judge: (faults: readonly Fault[], told: string) => Promise<void>,
): Promise<number> {
  const { world } = await ended([], play);
  let runs = 0;
  for (let step = 1 + offset; step <= world.trace.length; step += stride) {
    for (const what of [...NAMES.map((crash) => ({ crash })), 'lose', 'repeat'] as const) {
      runs += 1;
      const name = typeof what === 'string' ? what : `${what.crash} crashes`;
      await judge([{ step, what }], `${name} at step ${step} of ${world.trace.length} (${world.trace[step - 1]})`);
    }
  }
  return runs;
}

describe('prescriptions under faults', () => {
  test('EPS-X01 the patients of the play live in both shards', () => {
    expect(new Set(PATIENTS.map((nhsNumber) => shardOf(nhsNumber, 2))).size).toBe(2);
  });

  test('EPS-X02 whatever crashes or is lost, each prescription comes to its pharmacy exactly once', async () => {
    const runs = await everywhere(
      (client) => ordersAndPolls(client),
      { stride: 2, offset: 0 },
      async (faults, told) => {
        const { world, result } = await ended(faults, (client) => ordersAndPolls(client));
        expect(result, told).toEqual(shortIds);
        expect(world.stored().map(statusOf), told).toEqual(['0002', '0002', '0002', '0002']);
      },
    );
    expect(runs).toBeGreaterThan(150);
  }, 120_000);

  test('EPS-X03 a pharmacy that asks anew instead of again gets nothing twice, and loses only an answer that was under way', async () => {
    await everywhere(
      (client) => ordersAndPolls(client, true),
      { stride: 3, offset: 1 },
      async (faults, told) => {
        const { world, result } = await ended(faults, (client) => ordersAndPolls(client, true));
        expect(new Set(result).size, told).toBe(result.length);
        const [fault] = faults;
        // An answer is under way only after what it brings was settled.
        const edgeDied = typeof fault?.what === 'object' && fault.what.crash === 'edge';
        const answering = edgeDied && world.trace.slice(0, fault.step).includes('settle leaves for organization');
        if (!answering) expect(result, told).toEqual(shortIds);
        expect(world.stored().map(statusOf), told).toEqual(['0002', '0002', '0002', '0002']);
      },
    );
  }, 120_000);

  test('EPS-X04 a cancellation against a release: one wins, and both are told so', async () => {
    const play = async (client: Client) => {
      await client.order(0);
      const [cancelA, taken, cancelB] = await Promise.all([
        client.cancel(0, 1),
        client.byId(0, PHARMACY),
        client.cancel(0, 2),
      ]);
      return { cancels: [cancelA, cancelB], taken };
    };
    const outcomes = new Set<string>();
    await everywhere(play, { stride: 1, offset: 0 }, async (faults, told) => {
      const { world, result } = await ended(faults, play);
      const [state] = world.stored();
      const items = state?.issues[0]?.items.map(({ status }) => status) ?? [];
      for (const [index, { status, body }] of result.cancels.entries()) {
        const cancelled = items[index] === '0005';
        expect(status, told).toBe(cancelled ? 200 : 400);
        expect(body, told).toContain(cancelled ? 'R-0001' : 'R-0002');
      }
      const won = state !== undefined && statusOf(state) === '0002';
      expect(result.taken.status, told).toBe(won ? 200 : 400);
      if (!won) expect(result.taken.body, told).toContain('PRESCRIPTION_CANCELLED');
      outcomes.add(items.join());
    });
    expect(outcomes.size).toBeGreaterThan(1);
  }, 120_000);

  test('EPS-X05 by its id against the queue: one dispenser has it, the other is told', async () => {
    const play = async (client: Client) => {
      await client.order(0);
      const [taken] = await Promise.all([client.byId(0, 'FH542'), client.poll(false)]);
      return { taken, polled: client.received.length };
    };
    await everywhere(play, { stride: 2, offset: 0 }, async (faults, told) => {
      const { world, result } = await ended(faults, play);
      const holder = world.stored()[0]?.issues[0]?.dispenser?.ods;
      expect([result.taken.status, result.polled], told).toEqual(holder === 'FH542' ? [200, 0] : [400, 1]);
    });
  }, 120_000);

  test('EPS-X06 a merge of NHS numbers moves every prescription once, and it is found, waits and is had as before', async () => {
    const [from = '', into = ''] = [
      PATIENTS.find((n) => shardOf(n, 2) === 0),
      PATIENTS.find((n) => shardOf(n, 2) === 1),
    ];
    const n = PATIENTS.indexOf(from);
    const play = async (client: Client, world: PrescriptionWorld) => {
      await client.order(n);
      const body = JSON.stringify({ resourceType: 'Patient', id: from });
      const annex = JSON.stringify({ status: 'superseded', supersededBy: into });
      const records = [{ kind: 'demographics', key: from, version: 2, body, annex }];
      await world.import('patient-0', { v: ENVELOPE_VERSION, chunkId: 'merge', agent: AGENT, records });
      world.actors['patient-0'].instance.follower?.nudge();
      // What a crash interrupted goes on with the next instance, which any request wakes.
      await new Promise<void>(
        (resolve) => void world.after(5_000, () => (void world.actors['patient-0'].instance, resolve())),
      );
      await client.poll(false);
      return client.received;
    };
    await everywhere(play, { stride: 2, offset: 1 }, async (faults, told) => {
      const { world, result } = await ended(faults, play);
      expect(result, told).toEqual([checkedPrescriptionId(id(n))]);
      expect(
        world.stored().map(({ nhsNumber }) => nhsNumber),
        told,
      ).toEqual([into]);
    });
  }, 120_000);
});
