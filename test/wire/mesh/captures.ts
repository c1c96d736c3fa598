/** Replays the recorded exchanges with fresh tokens, and holds our answers to every fact they state. */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { meshToken } from '../../support/mesh-client.ts';
import type { MeshAnswer, MeshClient } from '../../support/mesh-client.ts';
import type { Capture, MeshPack } from '../mesh-pack.ts';
import type { Report } from '../report.ts';

const TOKEN = /^NHSMESH ([^:]+):([^:]+):(\d+):(\d+):([0-9a-f]+)$/;
/** Differ on every run, or with every product. */
const FREE_HEADERS = new Set(['content-length', 'last-modified', 'mex-statustimestamp']);

export class CaptureReplay {
  readonly #client: MeshClient;
  readonly #pack: MeshPack;
  readonly #report: Report;
  /** Recorded message ids and ours. */
  readonly #ids = new Map<string, string>();

  constructor(client: MeshClient, pack: MeshPack, report: Report) {
    this.#client = client;
    this.#pack = pack;
    this.#report = report;
  }

  async run(): Promise<void> {
    await this.#file('01-handshake');
    await this.#file('02-auth-errors');
    await this.#reset();
    await this.#inboxFile();
    await this.#reset();
    await this.#file('03-send-message');
    await this.#file('05-download-message');
    await this.#file('06-acknowledge');
  }

  async #reset(): Promise<void> {
    await this.#client.call('DELETE', '/admin/reset', { authorization: '' });
  }

  async #file(name: string): Promise<void> {
    for (const capture of this.#pack.captures(name)) await this.#exchange(name, capture);
  }

  /** The recording sent twelve messages beside the record: which of them were acknowledgements, the filtered page tells. */
  async #inboxFile(): Promise<void> {
    const captures = this.#pack.captures('04-check-inbox');
    const listed = (name: string) => idsOf(captures.find((capture) => capture.name === name));
    const plain = new Set(listed('workflow_filter does-not-contain'));
    for (const capture of captures) {
      if (capture.name === '12 messages v1') {
        for (const recorded of listed('12 messages v2')) {
          const workflow = plain.has(recorded) ? 'CAPTURE' : 'CAPTURE_ACK';
          this.#ids.set(recorded, await this.#client.send('X26ABC1', 'X26ABC2', 'x', { 'mex-workflowid': workflow }));
        }
      }
      await this.#exchange('04-check-inbox', capture);
    }
  }

  async #exchange(file: string, capture: Capture): Promise<void> {
    await this.#report.step({
      name: `${file}: ${capture.name}`,
      run: async () => {
        const { method, path, headers, body } = capture.request;
        const { Authorization: recorded, ...others } = headers;
        const answer = await this.#client.call(method, this.#ours(path), {
          headers: { accept: '*/*', ...lowered(others) },
          authorization: recorded === undefined ? '' : freshToken(recorded),
          ...(body === null ? {} : { body: bytesOf(body) }),
        });
        this.#learn(capture, answer);
        return this.#differences(capture, answer);
      },
    });
  }

  /** Sends tell which of our ids stands for a recorded one; a listed page tells our place for its own. */
  #learn(capture: Capture, { json }: MeshAnswer): void {
    const theirs = jsonOf(capture);
    for (const name of ['messageID', 'message_id']) {
      const [recorded, ours] = [field(theirs, name), field(json, name)];
      if (typeof recorded === 'string' && typeof ours === 'string') this.#ids.set(recorded, ours);
    }
    const [recordedNext, ourNext] = [field(field(theirs, 'links'), 'next'), field(field(json, 'links'), 'next')];
    if (typeof recordedNext === 'string' && typeof ourNext === 'string')
      this.#ids.set(placeIn(recordedNext), placeIn(ourNext));
  }

  #ours(text: string): string {
    let ours = text;
    for (const [recorded, own] of this.#ids) {
      ours = ours.replaceAll(recorded, own).replaceAll(recorded.toLowerCase(), own.toLowerCase());
    }
    return ours;
  }

  #differences(capture: Capture, answer: MeshAnswer): readonly string[] {
    const { status, headers, body } = capture.response;
    const wrong: string[] = [];
    if (answer.status !== status)
      wrong.push(`status ${answer.status}, recorded ${status}: ${answer.text.slice(0, 200)}`);
    wrong.push(...this.#headerDifferences(headers, answer.headers));
    if (body === null) {
      if (answer.bytes.length > 0) wrong.push(`a body of ${answer.bytes.length} bytes, recorded none`);
    } else if ('json' in body) wrong.push(...this.#jsonDifferences(body.json, answer.json));
    else if (headers['content-encoding'] !== 'gzip' || 'text' in body) {
      if (!bytesOf(body).equals(answer.bytes)) wrong.push('the body has other bytes');
    }
    return wrong;
  }

  #headerDifferences(recorded: Readonly<Record<string, string>>, ours: IncomingHttpHeaders): string[] {
    return Object.entries(recorded).flatMap(([name, value]) => {
      const own = ours[name.toLowerCase()];
      if (name === 'date') return [];
      if (FREE_HEADERS.has(name)) return own === undefined && name !== 'content-length' ? [`no header ${name}`] : [];
      return own === this.#ours(value) ? [] : [`${name}: '${String(own)}', recorded '${value}'`];
    });
  }

  #jsonDifferences(recorded: unknown, ours: unknown): string[] {
    const validation = field((field(recorded, 'detail') as unknown[] | undefined)?.[0], 'loc') !== undefined;
    const shown = (value: unknown): string => JSON.stringify(validation ? places(value) : sorted(value));
    const [theirs, own] = [this.#ours(shown(recorded)), shown(ours)];
    return theirs === own ? [] : [`body ${own}`, `recorded ${theirs}`];
  }
}

/** Of validation errors only the places are facts: the words come from a library. */
const places = (value: unknown): unknown =>
  ((field(value, 'detail') as unknown[] | undefined) ?? []).map((detail) => field(detail, 'loc'));

/** A token that is right or wrong as the recorded one was. */
function freshToken(recorded: string): string {
  const [, mailboxId = '', nonce = '', count = '', timestamp = '', hash = ''] = TOKEN.exec(recorded) ?? [];
  const right = createHmac('sha256', 'TestKey')
    .update(`${mailboxId}:${nonce}:${count}:password:${timestamp}`)
    .digest('hex');
  return meshToken(mailboxId, { password: right === hash ? 'password' : 'wrong' });
}

const placeIn = (link: string): string => /continue_from=([^&]+)/.exec(link)?.[1] ?? link;

const lowered = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function bytesOf(body: NonNullable<Capture['request']['body']>): Buffer {
  if ('base64' in body) return Buffer.from(body.base64, 'base64');
  return Buffer.from('text' in body ? body.text : JSON.stringify(body.json), 'utf8');
}

const jsonOf = ({ response: { body } }: Capture): unknown => (body !== null && 'json' in body ? body.json : null);

const idsOf = (capture: Capture | undefined): readonly string[] =>
  capture === undefined ? [] : ((field(jsonOf(capture), 'messages') as string[] | undefined) ?? []);

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
