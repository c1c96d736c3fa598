/** MESH clients that live through crashes: what each was promised is written down, to be held against what came. */
import { createHash, randomBytes } from 'node:crypto';
import type { MeshAnswer, MeshClient, MeshRequest } from './mesh-client.ts';

const PAUSE_MS = 50;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export interface TrafficPlan {
  readonly client: () => MeshClient;
  readonly senders: number;
  readonly messages: number;
  /** Large messages of four chunks, one after another, beside the small ones. */
  readonly large: number;
}

export class MeshTraffic {
  readonly #plan: TrafficPlan;
  /** Ids that a sender was told, in its order. */
  readonly promised: string[][];
  /** Sends that nobody answered: they happened or not. */
  unknown = 0;
  /** Ids in the order in which they were first listed. */
  readonly listed: string[] = [];
  readonly #acknowledged = new Set<string>();
  readonly #bodies = new Map<string, string>();
  /** Which message brought which bytes: every send has its own. */
  readonly #brought = new Map<string, string>();
  /** Listed again after their acknowledgement, or brought what another one had brought. */
  readonly doubled = new Set<string>();
  readonly wrong: string[] = [];
  #sending = true;

  constructor(plan: TrafficPlan) {
    this.#plan = plan;
    this.promised = Array.from({ length: plan.senders }, () => []);
  }

  get delivered(): ReadonlySet<string> {
    return this.#acknowledged;
  }

  /** Until everything was sent, and everything that was taken was collected. */
  async run(): Promise<void> {
    const reading = this.#collect();
    const senders = this.promised.map((ids, sender) => this.#sendAll(sender, ids));
    await Promise.all([...senders, this.#sendLarge()]);
    this.#sending = false;
    await reading;
  }

  /** Null when no answer came. */
  async #ask(method: string, path: string, request: MeshRequest = {}): Promise<MeshAnswer | null> {
    const answer = await this.#plan
      .client()
      .call(method, `/messageexchange/${path}`, request)
      .catch(() => null);
    return answer === null || answer.status === 503 ? null : answer;
  }

  /** As `#ask`, but waits for a server that is not there: what never left may be sent again. */
  async #askReachable(method: string, path: string, request: MeshRequest): Promise<MeshAnswer | null> {
    for (;;) {
      try {
        const answer = await this.#plan.client().call(method, `/messageexchange/${path}`, request);
        return answer.status === 503 ? null : answer;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) return null;
        await pause(PAUSE_MS);
      }
    }
  }

  /** With a fresh token each time, until somebody answers. */
  async #insist(method: string, path: string, request: MeshRequest = {}): Promise<MeshAnswer> {
    for (;;) {
      const answer = await this.#ask(method, path, request);
      if (answer !== null) return answer;
      await pause(PAUSE_MS);
    }
  }

  async #sendAll(sender: number, ids: string[]): Promise<void> {
    for (let n = 0; n < this.#plan.messages; n++) {
      const headers = { 'mex-to': 'X26ABC2', 'mex-workflowid': `S${sender}`, 'mex-localid': `${sender}-${n}` };
      const answer = await this.#askReachable('POST', 'X26ABC1/outbox', { headers, body: `${sender}-${n}` });
      if (answer?.status === 202) ids.push(this.#expect(answer, `${sender}-${n}`));
      else if (answer !== null) this.wrong.push(`a send was answered ${answer.status} ${answer.text}`);
      // The official client does not send again what nobody answered: it might come twice.
      else {
        this.unknown += 1;
        await pause(PAUSE_MS);
      }
    }
  }

  #expect({ json }: MeshAnswer, body: Uint8Array | string): string {
    const id = (json as { message_id: string }).message_id;
    this.#bodies.set(id, digest(Buffer.from(body)));
    return id;
  }

  /** Chunks are sent again until they are taken: that replaces them. */
  async #sendLarge(): Promise<void> {
    for (let n = 0; n < this.#plan.large; n++) {
      const parts = [1, 2, 3, 4].map(() => randomBytes(150_000));
      const headers = { 'mex-to': 'X26ABC2', 'mex-workflowid': 'LARGE' };
      const first = await this.#ask('POST', 'X26ABC3/outbox', {
        headers: { ...headers, 'mex-chunk-range': '1:4' },
        body: parts[0] ?? '',
      });
      if (first?.status !== 202) {
        await pause(PAUSE_MS);
        continue;
      }
      const id = this.#expect(first, Buffer.concat(parts));
      for (const chunk of [2, 3, 4]) {
        const again = await this.#insist('POST', `X26ABC3/outbox/${id}/${chunk}`, {
          headers: { 'mex-chunk-range': `${chunk}:4` },
          body: parts[chunk - 1] ?? '',
        });
        // 423: the last chunk was taken, and its answer got lost.
        if (again.status !== 202 && !(chunk === 4 && again.status === 423))
          this.wrong.push(`chunk ${chunk}: ${again.status} ${again.text}`);
      }
      this.promised.push([id]);
    }
  }

  /** A recipient: lists, fetches, checks, acknowledges, until the inbox is empty and nobody sends. */
  async #collect(): Promise<void> {
    const seen = new Set<string>();
    for (;;) {
      const wasSending = this.#sending;
      const { json } = await this.#insist('GET', 'X26ABC2/inbox?max_results=100');
      const { messages } = json as { messages: string[] };
      for (const id of messages) {
        if (this.#acknowledged.has(id)) this.doubled.add(id);
        if (!seen.has(id)) this.listed.push(id);
        seen.add(id);
      }
      if (messages.length === 0 && !wasSending) return;
      await Promise.all(messages.slice(0, 100).map((id) => this.#take(id)));
      if (messages.length === 0) await pause(PAUSE_MS);
    }
  }

  async #take(id: string): Promise<void> {
    const parts: Buffer[] = [];
    for (let chunk = 1, more = true; more; chunk++) {
      const answer = await this.#insist('GET', `X26ABC2/inbox/${id}/${chunk}`, {
        headers: { 'accept-encoding': 'identity' },
      });
      if (answer.status !== 200 && answer.status !== 206)
        this.wrong.push(`${id}/${chunk}: ${answer.status} ${answer.text}`);
      parts.push(answer.bytes);
      more = answer.status === 206;
    }
    const wanted = this.#bodies.get(id);
    const got = digest(Buffer.concat(parts));
    if (wanted !== undefined && wanted !== got) this.wrong.push(`${id} came with other bytes`);
    if ((this.#brought.get(got) ?? id) !== id) this.doubled.add(id);
    this.#brought.set(got, id);
    const { status } = await this.#insist('PUT', `X26ABC2/inbox/${id}/status/acknowledged`);
    if (status === 200) this.#acknowledged.add(id);
    else this.wrong.push(`acknowledge ${id}: ${status}`);
  }
}
