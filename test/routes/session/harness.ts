/** A session whose wire is a list: what it sent, and how it was closed. */
import { Session } from '../../../src/routes/session/session.ts';
import type { Wire } from '../../../src/routes/session/session.ts';
import type { Surroundings } from '../../../src/routes/request-context.ts';

export interface Heard {
  readonly id: string | number | null;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Opened {
  readonly connectionHeaders?: Readonly<Record<string, string>>;
  readonly callsBeforeRenewal?: number;
}

const ORIGIN = 'https://edge.test';

export class TestSession implements Wire {
  readonly frames: string[] = [];
  closed: { code: number; reason: string } | null = null;
  calls = 0;
  readonly session: Session;

  constructor(surroundings: () => Surroundings, { connectionHeaders = {}, callsBeforeRenewal }: Opened = {}) {
    const { now: _now, ...around } = surroundings();
    this.session = new Session(this, {
      connection: { origin: ORIGIN, cf: undefined, headers: new Map(Object.entries(connectionHeaders)) },
      surroundings: around,
      now: () => surroundings().now,
      calls: () => this.calls,
      ...(callsBeforeRenewal === undefined ? {} : { callsBeforeRenewal }),
    });
  }

  send(text: string): void {
    this.frames.push(text);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  /** Everything that was answered so far, once nothing is in flight. */
  async heard(): Promise<Heard[]> {
    for (let turns = 0; turns < 200 && (turns < 3 || this.session.inFlight > 0); turns++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return this.answers;
  }

  get answers(): Heard[] {
    return this.frames
      .flatMap((frame) => [JSON.parse(frame) as Heard | Heard[]].flat())
      .filter((one) => 'status' in one);
  }

  /** Sends one message and waits for the answer. */
  async ask(message: unknown): Promise<Heard> {
    const before = this.answers.length;
    this.session.take(JSON.stringify(message));
    const answer = (await this.heard())[before];
    if (answer === undefined) throw new Error(`no answer; closed: ${JSON.stringify(this.closed)}`);
    return answer;
  }
}
