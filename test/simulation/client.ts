/** One calling system: sends its wishes one by one, tries again with the same request id, and judges every answer. */
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { CommandEnvelope } from '../../src/engine/envelope.ts';
import type { Agent } from '../../src/engine/record-kind.ts';
import type { Call, Caller } from './call.ts';
import { judge } from './judge.ts';
import type { Wish } from './plan.ts';
import { Random } from './random.ts';
import { commandOf } from './wire-forms.ts';
import type { World } from './world.ts';

/** Where nothing fails: one timeout of what failed before, and an ordinary answer. */
const PROMPT_MS = 10_000;

export class Client implements Caller {
  readonly id: string;
  readonly agent: Agent;
  readonly world: World;
  readonly accepted: Call[] = [];
  /** Newest versions this client was told of. */
  readonly known = new Map<string, number>();
  done = false;
  readonly #wishes: readonly Wish[];
  readonly #random: Random;
  #next = 0;

  constructor(world: World, number: number, wishes: readonly Wish[]) {
    this.world = world;
    this.id = `client-${number}`;
    this.agent = { client: this.id, mode: 'user-restricted', rights: [] };
    this.#wishes = wishes;
    this.#random = new Random(world.seed, this.id);
  }

  start(): void {
    this.#later();
  }

  #later(): void {
    this.world.after(this.#random.exponential(this.world.knobs.thinkMs), 'think', () => this.#step());
  }

  #step(): void {
    const wish = this.#wishes[this.#next++];
    if (!wish) {
      this.done = true;
      return;
    }
    const misuses = wish.kind === 'reuse' ? (this.accepted.at(-1) ?? null) : null;
    if (wish.kind === 'reuse' && !misuses) return this.#later();
    // Numbers alone, so that clients share request ids: they mean something only together with the client.
    const requestId = misuses?.requestId ?? `request-${wish.id.slice(wish.id.indexOf('.') + 1)}`;
    const known = this.known.get(`${wish.record}/${wish.key}`) ?? 0;
    const conditional = wish.conditional || wish.kind === 'patch' || wish.kind === 'coverage';
    const call: Call = {
      client: this,
      wish,
      requestId,
      name: `${this.id}/${requestId}`,
      invoked: this.world.moment(),
      begun: this.world.now,
      expected: conditional ? known : null,
      misuses,
      settled: false,
      answer: null,
    };
    this.world.begin(call, Math.max(1, known + wish.versionStep));
    this.#attempt(call);
  }

  #attempt(call: Call): void {
    const { world } = this;
    const patience = this.#random.between(300, 3_000);
    let open = true;
    const again = (why: string) => {
      if (!open) return;
      open = false;
      this.#again(call, why);
    };
    const cancel = world.after(patience, 'patience', () => again('timeout'));
    world.request(call, {
      answered: (answer) => {
        cancel();
        const verdict = judge(world, call, answer);
        if (verdict === 'again') again('refused for now');
        else this.#settle(call);
      },
      broken: () => (call.wish.kind === 'throw' ? this.#settle(call) : again('broken')),
    });
  }

  #again(call: Call, why: string): void {
    const { world } = this;
    if (call.settled) return;
    world.mark(`client ${why}`);
    if (this.#random.chance(world.knobs.giveUp)) {
      world.mark('client gave up');
      this.#settle(call);
      return;
    }
    world.after(this.#random.between(20, 400), 'retry', () => {
      world.mark('client retry');
      if (!call.settled) this.#attempt(call);
    });
  }

  #settle(call: Call): void {
    if (call.settled) return;
    call.settled = true;
    const waited = this.world.now - Math.max(call.begun, this.world.healedAt);
    if (this.world.healedAt > 0 && waited > PROMPT_MS)
      this.world.fail('G10', `${call.name} waited ${Math.round(waited)} ms in a whole world`);
    this.#later();
  }

  /** What travels to the shard. */
  envelope(call: Call): CommandEnvelope {
    const { wish, misuses } = call;
    const asked = misuses?.wish ?? wish;
    return {
      v: ENVELOPE_VERSION,
      kind: asked.record,
      key: asked.key,
      agent: this.agent,
      requestId: call.requestId,
      command: commandOf(asked, call.name),
      fingerprint: misuses ? `misuse ${wish.id}` : `print ${this.id} ${wish.id}`,
      ...(call.expected === null || misuses ? {} : { expectedVersion: call.expected }),
      ...(wish.kind === 'dry-add' ? { dryRun: true } : {}),
    };
  }
}
