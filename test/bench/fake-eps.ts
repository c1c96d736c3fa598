/** A prescription service in memory, as far as the bench looks: digests, orders that wait for a pharmacy, releases. */
import type { Reply } from '../../bench/generator/response-parser.ts';
import type { BenchRequest, Preparation } from '../../bench/scenarios/scenario.ts';

const SHORT_ID = /"value":"([0-9A-F]{6}-[A-Z0-9]{6}-[0-9A-F]{5}[0-9A-Z+])"/;

export class FakeEps implements Preparation {
  /** Set to misbehave. */
  doubles = false;
  #waiting: string[] = [];

  send(request: BenchRequest): Promise<Reply> {
    return Promise.resolve(this.answer(request));
  }

  sendAll(requests: readonly BenchRequest[]): Promise<readonly Reply[]> {
    return Promise.resolve(requests.map((request) => this.answer(request)));
  }

  administer(): Promise<Reply> {
    return Promise.resolve(reply('{}'));
  }

  answer({ body, path }: BenchRequest): Reply {
    const id = SHORT_ID.exec(body)?.[1];
    if (path.endsWith('/$prepare')) {
      const named = (name: string, valueString: string) => ({ name, valueString });
      const parameter = [named('digest', btoa('<SignedInfo/>')), named('timestamp', '2026-03-13T10:00:00+00:00')];
      return reply(JSON.stringify({ resourceType: 'Parameters', parameter }));
    }
    if (path.endsWith('/Task/$release')) return reply(this.#released(id));
    if (path.endsWith('/$process-message') && body.includes('"code":"prescription-order"'))
      this.#waiting.push(id ?? '');
    return reply('{}');
  }

  #released(id: string | undefined): string {
    const ids = id === undefined ? this.#waiting.slice(0, 25) : [id];
    if (!this.doubles) this.#waiting = this.#waiting.filter((waiting) => !ids.includes(waiting));
    return JSON.stringify({ passed: ids.map((value) => ({ value })) });
  }
}

const reply = (body: string): Reply => ({ status: 200, etag: null, body: Buffer.from(body) }) as unknown as Reply;
