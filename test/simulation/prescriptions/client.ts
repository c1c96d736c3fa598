/** Prescribers and pharmacies of a play: each asks the same until it is answered, and keeps what it was told. */
import type { EpsCall, ReadBody } from '../../../src/routes/eps/call.ts';
import { processCancel } from '../../../src/routes/eps/cancel.ts';
import { postClaim } from '../../../src/routes/eps/claim.ts';
import { processDispense } from '../../../src/routes/eps/dispense.ts';
import { processOrder } from '../../../src/routes/eps/order.ts';
import { release } from '../../../src/routes/eps/release.ts';
import { postTask } from '../../../src/routes/eps/task.ts';
import { callerFacts, isRefused } from '../../../src/routes/record-call.ts';
import type { Result } from '../../../src/routes/record-call.ts';
import { requestContext } from '../../../src/routes/request-context.ts';
import type { Surroundings } from '../../../src/routes/request-context.ts';
import { readSettings } from '../../../src/routes/settings.ts';
import { nhsNumberCheckDigit } from '../../../src/nhs/nhs-number.ts';
import { AGENT } from '../../support/prescription-actor.ts';
import type { PrescriptionWorld } from '../../support/prescription-world.ts';
import { Broken } from './broken.ts';
import { cancelOf, claimOf, dispenseOf, orderOf, releaseOf, shortId, taskOf } from './messages.ts';
import type { DispenseWish, OrderWish } from './messages.ts';

/** Numbers on both shards. */
export const PATIENTS = ['900000001', '900000002', '900000003', '900000004'].flatMap((nine) => {
  const digit = nhsNumberCheckDigit(nine);
  return digit === null ? [] : [`${nine}${digit}`];
});

export const numberOf = (n: number): string => PATIENTS[n % PATIENTS.length] ?? '';

export const PHARMACY = 'FA565';
export const OTHER = 'FH542';

export interface Told {
  readonly status: number;
  readonly body: string;
}

/** One answered message. */
export interface Acted extends Told {
  readonly kind: 'order' | 'cancel' | 'release' | 'return' | 'dispense' | 'withdraw' | 'claim';
  readonly n: number;
  readonly messageId: string;
}

/** A prescription in the answer to a release. */
export interface Handed {
  readonly id: string;
  readonly ods: string;
  readonly requestId: string;
}

type Act = (call: EpsCall, read: ReadBody) => Promise<Result>;

const ATTEMPTS_MAX = 40;
const RETRY_MS = 1_000;
/** Longer than a lease, so that what one poll left behind comes with the next. */
const POLL_MS = 70_000;
const SETTINGS = readSettings({ ACCESS: 'open', ENVIRONMENT: 'local' });
const GRANT = {
  kind: 'granted',
  open: true,
  app: { id: 'open', name: 'open', attributes: {} },
  scopes: [],
  roles: [],
} as const;
interface Releases {
  parameter: {
    resource: { entry?: { resource: { entry: { resource: { groupIdentifier?: { value: string } } }[] } }[] };
  }[];
}

/** What was received of a release, by its id or out of the queue. */
export function idsIn({ body, status }: Told): readonly string[] {
  if (status !== 200 || !body.includes('passedPrescriptions')) return [];
  const passed = (JSON.parse(body) as Releases).parameter[0]?.resource.entry ?? [];
  return passed.flatMap(({ resource }) =>
    resource.entry.flatMap((entry) => entry.resource.groupIdentifier?.value ?? []).slice(0, 1),
  );
}

export class Client {
  readonly world: PrescriptionWorld;
  readonly acts: Acted[] = [];
  readonly handed: Handed[] = [];
  /** Who asks, where that is not just anybody. */
  who: Partial<Pick<EpsCall, 'agent' | 'caller'>> = {};
  /** What is wrong with every signature. */
  signatures: readonly string[] = [];
  readonly #releasing: Act = (call) => release(call, () => Promise.resolve(this.signatures));

  constructor(world: PrescriptionWorld) {
    this.world = world;
  }

  /** One try; null where no answer came. */
  async once(requestId: string, body: unknown, act: Act): Promise<Told | null> {
    const text = JSON.stringify(body);
    const headers = { 'X-Request-ID': requestId };
    const url = 'https://edge.test/electronic-prescriptions/FHIR/R4/x';
    const { world } = this;
    const spine = { prescriptions: world.door() } as unknown as Surroundings['spine'];
    const request = new Request(url, { method: 'POST', body: text, headers });
    const context = requestContext(request, { spine, settings: SETTINGS, now: world.time });
    const caller = callerFacts(context, GRANT, undefined);
    const call: EpsCall = {
      context,
      agent: AGENT,
      requestId,
      query: {},
      caller,
      family: 'combined',
      grant: GRANT,
      ...this.who,
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
  async again(requestId: string, body: unknown, act: Act): Promise<Told> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const told = await this.once(requestId, body, act);
      if (told !== null) return told;
      await this.pause(RETRY_MS);
    }
    throw new Broken('everybody is answered', requestId);
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.world.after(milliseconds, resolve));
  }

  async #acted(acted: Pick<Acted, 'kind' | 'n' | 'messageId'>, body: unknown, act: Act): Promise<Told> {
    const told = await this.again(acted.messageId, body, act);
    this.acts.push({ ...acted, ...told });
    return told;
  }

  order(n: number, more: Partial<OrderWish> = { nominated: PHARMACY }): Promise<Told> {
    const body = orderOf(n, { nhsNumber: numberOf(n), now: this.world.time, ...more });
    const acted = { kind: 'order', n, messageId: body.identifier.value } as const;
    return this.#acted(acted, body, (call, read) => processOrder(call, read, null));
  }

  cancel(n: number, which: number): Promise<Told> {
    const body = cancelOf(n, which, { nhsNumber: numberOf(n), now: this.world.time });
    return this.#acted({ kind: 'cancel', n, messageId: body.identifier.value }, body, processCancel);
  }

  async byId(n: number, ods: string): Promise<Told> {
    const requestId = `release-${n}-${ods}`;
    const told = await this.#acted({ kind: 'release', n, messageId: requestId }, releaseOf(ods, n), this.#releasing);
    this.#received(told, { ods, requestId });
    return told;
  }

  return(n: number, ods: string): Promise<Told> {
    const messageId = `return-${n}-${ods}`.toLowerCase();
    const body = taskOf(n, { messageId, ods, nhsNumber: numberOf(n) });
    return this.#acted({ kind: 'return', n, messageId }, body, postTask);
  }

  withdraw(n: number, notification: string): Promise<Told> {
    const messageId = `withdraw-${notification}`;
    const body = taskOf(n, { messageId, notification, ods: PHARMACY, nhsNumber: numberOf(n) });
    return this.#acted({ kind: 'withdraw', n, messageId }, body, postTask);
  }

  dispense(n: number, wish: Omit<DispenseWish, 'nhsNumber'> & { nhsNumber?: string }): Promise<Told> {
    const body = dispenseOf(n, { nhsNumber: numberOf(n), ...wish });
    return this.#acted({ kind: 'dispense', n, messageId: wish.messageId }, body, processDispense);
  }

  claim(n: number, messageId: string, replaces?: string): Promise<Told> {
    const more = replaces === undefined ? {} : { replaces };
    const body = claimOf(n, { nhsNumber: numberOf(n), messageId, ...more });
    return this.#acted({ kind: 'claim', n, messageId }, body, postClaim);
  }

  /** Polls like a pharmacy until nothing has come for some rounds. `anew`: an answer that does not come is not asked for again. */
  async poll({ anew = false, ods = PHARMACY, name = 'poll' } = {}): Promise<void> {
    for (let round = 0, empty = 0; empty < 2 && round < 12; round++) {
      const requestId = `${name}-${round}`;
      const told = anew
        ? await this.once(requestId, releaseOf(ods), this.#releasing)
        : await this.again(requestId, releaseOf(ods), this.#releasing);
      const came = told === null ? [] : this.#received(told, { ods, requestId });
      empty = came.length === 0 && told !== null ? empty + 1 : 0;
      await this.pause(POLL_MS);
    }
  }

  /** One look into the queue. */
  async pull(requestId: string, ods = PHARMACY): Promise<Told> {
    const told = await this.again(requestId, releaseOf(ods), this.#releasing);
    this.#received(told, { ods, requestId });
    return told;
  }

  #received(told: Told, by: Omit<Handed, 'id'>): readonly string[] {
    const ids = idsIn(told);
    this.handed.push(...ids.map((id) => ({ id, ...by })));
    return ids;
  }

  /** Who was handed this prescription, in the order of the answers. */
  holders(n: number): readonly string[] {
    return this.handed.filter(({ id }) => id === shortId(n)).map(({ ods }) => ods);
  }
}
