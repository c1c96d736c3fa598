/** Mailboxes in memory that answer the bench's requests as the API would. */
import type { Reply } from '../../bench/generator/response-parser.ts';
import type { BenchRequest, Preparation } from '../../bench/scenarios/scenario.ts';

interface Held {
  readonly body: string;
  readonly chunks: number;
}

export class FakeMesh implements Preparation {
  readonly acknowledged: string[] = [];
  /** Set to misbehave. */
  losesMessages = false;
  readonly #messages = new Map<string, Held>();

  send(request: BenchRequest): Promise<Reply> {
    return Promise.resolve(this.answer(request));
  }

  administer(request: BenchRequest): Promise<Reply> {
    return this.send(request);
  }

  sendAll(requests: readonly BenchRequest[]): Promise<readonly Reply[]> {
    return Promise.resolve(requests.map((request) => this.answer(request)));
  }

  answer({ method, path, headers, body }: BenchRequest): Reply {
    const [, , , place, id = '', more] = path.split('/');
    if (place === 'count') return reply(200, '{"count":0}');
    if (place === 'outbox') return this.#take(id, headers, body);
    const held = this.#messages.get(id);
    if (held === undefined) return reply(404, '');
    if (method === 'PUT') this.acknowledged.push(id);
    const partial = method === 'GET' && Number(more ?? 1) < held.chunks;
    return reply(partial ? 206 : 200, method === 'GET' && held.chunks === 1 ? held.body : '');
  }

  #take(known: string, headers: string, body: string): Reply {
    const chunks = Number(/Mex-Chunk-Range: \d+:(\d+)/.exec(headers)?.[1] ?? 1);
    const id = known === '' ? `M${this.#messages.size}` : known;
    if (!this.losesMessages) this.#messages.set(id, { body, chunks });
    return reply(202, JSON.stringify({ message_id: id }));
  }
}

const reply = (status: number, body: string): Reply => ({
  status,
  etag: '',
  retryAfter: '',
  body: Buffer.from(body, 'latin1'),
  closes: false,
});
