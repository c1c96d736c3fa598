/** Small words for the feature steps: what was expected, and what came. */
import { V2 } from '../../support/mesh-client.ts';
import type { MeshAnswer, MeshClient, MeshRequest } from '../../support/mesh-client.ts';

export const V1 = 'application/json';

export class Expectations {
  readonly wrong: string[] = [];

  /** JSON text of both sides must agree. */
  same(what: string, got: unknown, wanted: unknown): void {
    const [left, right] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (left !== right) this.wrong.push(`${what}: ${left?.slice(0, 300)}, expected ${right?.slice(0, 300)}`);
  }

  holds(what: string, condition: boolean): void {
    if (!condition) this.wrong.push(what);
  }
}

export interface Feature {
  readonly name: string;
  readonly check: (world: World) => Promise<void>;
}

/** Mailboxes of the public sandbox: A writes, B receives, C looks on. */
export const [A, B, C] = ['X26ABC1', 'X26ABC2', 'X26ABC3'];

export class World {
  readonly client: MeshClient;
  readonly expect = new Expectations();
  readonly #target: string;
  readonly #operatorKey: string;

  constructor(client: MeshClient, target: string, operatorKey: string) {
    this.client = client;
    this.#target = target;
    this.#operatorKey = operatorKey;
  }

  get(path: string, request: MeshRequest = {}): Promise<MeshAnswer> {
    return this.client.call('GET', `/messageexchange/${path}`, request);
  }

  v1(path: string, method = 'GET', request: MeshRequest = {}): Promise<MeshAnswer> {
    return this.client.call(method, `/messageexchange/${path}`, {
      ...request,
      headers: { accept: V1, ...request.headers },
    });
  }

  put(path: string): Promise<MeshAnswer> {
    return this.client.call('PUT', `/messageexchange/${path}`);
  }

  post(path: string, body: Uint8Array | string, headers: Readonly<Record<string, string>> = {}): Promise<MeshAnswer> {
    return this.client.call('POST', `/messageexchange/${path}`, { body, headers: { accept: V2, ...headers } });
  }

  /** A send with the two mandatory headers. */
  outbox(body: Uint8Array | string, headers: Readonly<Record<string, string>> = {}, from = A): Promise<MeshAnswer> {
    return this.post(`${from}/outbox`, body, { 'mex-to': B, 'mex-workflowid': 'TEST_WORKFLOW', ...headers });
  }

  chunk(
    id: string,
    range: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<MeshAnswer> {
    return this.post(`${A}/outbox/${id}/${range.split(':')[0]}`, body, { 'mex-chunk-range': range, ...headers });
  }

  /** A test deployment's own routes, without a token. */
  admin(method: string, path: string, body?: unknown): Promise<MeshAnswer> {
    const json =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return this.client.call(method, path, { authorization: '', ...json });
  }

  async reset(): Promise<void> {
    await this.admin('DELETE', '/admin/reset');
  }

  async operator(
    method: string,
    path: string,
    body?: string,
  ): Promise<{ readonly status: number; readonly json: unknown }> {
    const response = await fetch(new URL(`/operator/mesh/${path}`, this.#target), {
      method,
      headers: { authorization: `Bearer ${this.#operatorKey}` },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, json: await response.json() };
  }

  async tracked(id: string, mailbox = A): Promise<Readonly<Record<string, unknown>>> {
    return (await this.get(`${mailbox}/outbox/tracking?messageID=${id}`)).json as Record<string, unknown>;
  }
}

/** Event, code and text of an error in the second version. */
export function errorIn({ status, json }: MeshAnswer): readonly unknown[] {
  const [detail] = (json as { detail?: { event?: string; code?: string; msg?: string }[] } | null)?.detail ?? [];
  return [status, detail?.event, detail?.code, detail?.msg];
}

export const idIn = ({ json }: MeshAnswer): string => (json as { message_id?: string } | null)?.message_id ?? '';
