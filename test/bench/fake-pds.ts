/** Patients in memory that answer the bench's requests as the API would: versions, 409, replay of a repeated request id. */
import type { Reply } from '../../bench/generator/response-parser.ts';
import { populationNumbers } from '../../bench/population.ts';
import type { BenchRequest, Preparation } from '../../bench/scenarios/scenario.ts';

export class FakePds implements Preparation {
  /** Every patch applied, as [NHS number, body]. */
  readonly applied: [string, string][] = [];
  readonly versions = new Map<string, number>();
  readonly #replies = new Map<string, Reply>();
  /** Numbers that answer with the patient they were merged into. */
  readonly merged = new Map<string, string>();
  readonly restricted = new Set<string>();
  /** Set to misbehave. */
  forgetsRequestIds = false;
  losesWrites = false;
  ignoresIfMatch = false;

  constructor(population: number) {
    for (const number of populationNumbers(population)) this.versions.set(number, 1);
  }

  send(request: BenchRequest): Promise<Reply> {
    return Promise.resolve(this.answer(request));
  }

  administer(request: BenchRequest): Promise<Reply> {
    return this.send(request);
  }

  sendAll(requests: readonly BenchRequest[]): Promise<readonly Reply[]> {
    return Promise.resolve(requests.map((request) => this.answer(request)));
  }

  answer(request: BenchRequest): Reply {
    if (request.path.startsWith('/summary-care-record/')) return this.#summary(request);
    const asked = request.path.split('/').at(-1) ?? '';
    const number = this.merged.get(asked) ?? asked;
    if (request.path.includes('?')) return reply(200, '', JSON.stringify({ entry: [...this.versions.keys()] }));
    const version = this.versions.get(number);
    if (version === undefined) return refusal(404, 'RESOURCE_NOT_FOUND');
    if (request.method === 'GET') return reply(200, etag(version), patient(number, this.restricted.has(number)));
    return this.#patch(request, number, version);
  }

  #summary({ method, path }: BenchRequest): Reply {
    if (method === 'POST') return reply(201, '', '');
    const [, eventId = '', nhsNumber = ''] = /identifier=([^&]+)&.*%7C(\d+)$/.exec(path) ?? [];
    return reply(200, '', JSON.stringify([{ fullUrl: `Composition/${eventId}` }, { value: nhsNumber }]));
  }

  #patch(request: BenchRequest, number: string, version: number): Reply {
    if (this.restricted.has(number)) return refusal(403, 'FORBIDDEN_UPDATE');
    const earlier = this.#replies.get(request.requestId);
    if (earlier !== undefined && !this.forgetsRequestIds) return earlier;
    const expected = `If-Match: ${etag(version)}\r\n`;
    const matches = request.headers.includes(expected) || this.ignoresIfMatch;
    if (!matches && earlier === undefined) return refusal(409, 'RESOURCE_VERSION_MISMATCH');
    this.applied.push([number, request.body]);
    if (!this.losesWrites) this.versions.set(number, version + 1);
    const answer = reply(200, etag(version + 1), patient(number));
    this.#replies.set(request.requestId, answer);
    return answer;
  }
}

export function refusal(status: number, code: string): Reply {
  return reply(
    status,
    '',
    JSON.stringify({ issue: [{ code: 'value', details: { coding: [{ version: '1', code }] } }] }),
  );
}

function reply(status: number, tag: string, body: string): Reply {
  return { status, etag: tag, retryAfter: '', body: Buffer.from(body), closes: false };
}

function etag(version: number): string {
  return `W/"${version}"`;
}

function patient(id: string, restricted = false): string {
  return JSON.stringify({
    resourceType: 'Patient',
    id,
    meta: { security: [{ code: restricted ? 'R' : 'U' }] },
    name: [{ id: 'n1', use: 'usual', given: ['Ann'], family: 'Ábel' }],
    birthDate: '1980-01-02',
    gender: 'female',
    telecom: [
      { id: 'é1', system: 'email', value: 'a@b.example' },
      { id: 't2', system: 'phone', value: '01632000000' },
    ],
    address: [{ id: 'a1', use: 'home', line: ['1 Road'], postalCode: 'AA1 1AA' }],
    extension: [],
  });
}
