/** Turns a scenario into work: puts its requests on the wire and judges the replies. */
import type { Random } from '../random.ts';
import {
  type BenchRequest,
  type Preparation,
  type Scenario,
  TargetNotReady,
  type Verdict,
} from '../scenarios/scenario.ts';
import { type Endpoint, HttpConnection } from './http-connection.ts';
import type { Reply } from './response-parser.ts';
import type { Work } from './work.ts';

export interface WireTarget {
  readonly endpoint: Endpoint;
  /** Header lines of every request: Host, and Authorization where there is a token. */
  readonly headers: string;
}

const PREPARATION_CONNECTIONS = 16;
const PREPARATION_TIMEOUT_MS = 15_000;

export function wireTarget(url: URL, token: string | undefined): WireTarget {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return { endpoint: { host, port, secure }, headers: `Host: ${url.host}\r\n${authorization}` };
}

export function scenarioWork(scenario: Scenario, target: WireTarget, random: Random): Work {
  return {
    issue(connection, finished) {
      const { operation, request, check } = scenario.next(random);
      connection.send(encode(request, target), request.keepBody, (reply, failure) => {
        const verdict = check(reply);
        const error = reply === null ? failure : codeOf(verdict);
        const row = verdict.kind === 'ok' ? (verdict.as ?? operation) : operation;
        const sample = verdict.kind === 'error' ? verdict.sample : undefined;
        finished({ operation: row, error, sample, broken: verdict.kind === 'broken' });
      });
    },
  };
}

function codeOf(verdict: Verdict): string | null {
  return verdict.kind === 'ok' ? null : verdict.code;
}

export function encode(request: BenchRequest, target: WireTarget): string {
  const { method, path, requestId, headers, body } = request;
  const length = method === 'GET' ? '' : `Content-Length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${target.headers}X-Request-ID: ${requestId}\r\n${headers}${length}\r\n${body}`;
}

/** A few connections for setup, outside any measurement. */
export function preparationOf({ operator, wire }: { operator: WireTarget; wire: WireTarget }): Preparation {
  const sendOne = async (request: BenchRequest, target: WireTarget): Promise<Reply> => {
    const [reply] = await sendAll([request], target);
    if (reply === undefined) throw new Error('no reply');
    return reply;
  };
  return {
    send: (request) => sendOne(request, wire),
    sendAll: (requests) => sendAll(requests, wire),
    administer: (request) => sendOne(request, operator),
  };
}

async function sendAll(requests: readonly BenchRequest[], target: WireTarget): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    const connection = new HttpConnection(target.endpoint);
    const sweeper = setInterval(() => connection.expire(performance.now(), PREPARATION_TIMEOUT_MS), 500);
    try {
      for (let index = next++; index < requests.length; index = next++) {
        const request = requests[index];
        if (request !== undefined) replies[index] = await ask(connection, request, target);
      }
    } finally {
      clearInterval(sweeper);
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(PREPARATION_CONNECTIONS, requests.length) }, lane));
  return replies;
}

function ask(connection: HttpConnection, request: BenchRequest, target: WireTarget): Promise<Reply> {
  return new Promise((resolve, reject) => {
    connection.send(encode(request, target), request.keepBody, (reply, failure) => {
      if (reply === null) reject(new TargetNotReady(`${request.method} ${request.path}: ${failure}`));
      else resolve(reply);
    });
  });
}
