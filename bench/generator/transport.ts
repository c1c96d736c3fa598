/**
 * How requests reach a target. A transport opens lanes: each carries one request at a time and tells its completion
 * once. HTTP gives every lane a connection of its own; a transport that pipelines may let many lanes share one.
 * Another transport is another entry of TRANSPORTS; scenarios, loops and reports do not change.
 */
import type { BenchRequest } from '../scenarios/scenario.ts';
import { type Completion, type Endpoint, HttpConnection } from './http-connection.ts';
import { sessionTransport } from './session-lanes.ts';

export interface WireTarget {
  readonly endpoint: Endpoint;
  /** Header lines of every request: Host, and Authorization where there is a token. */
  readonly headers: string;
}

export interface Lane {
  send(request: BenchRequest, done: Completion): void;
  /** Gives up a request that has waited too long; its effect on the server stays unknown. */
  expire(now: number, timeoutMs: number): void;
  close(): void;
}

export interface Transport {
  lanes(target: WireTarget, count: number): Lane[];
}

export const TRANSPORTS: Readonly<Record<string, Transport>> = {
  http: { lanes: (target, count) => Array.from({ length: count }, () => httpLane(target)) },
  session: sessionTransport,
};

/** The name a scenario is measured under: `national-mix@session`; without a suffix it goes by HTTP. */
export const DEFAULT_TRANSPORT = 'http';

export function wireTarget(url: URL, token: string | undefined): WireTarget {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return { endpoint: { host, port, secure }, headers: `Host: ${url.host}\r\n${authorization}` };
}

export function httpLane(target: WireTarget): Lane {
  const connection = new HttpConnection(target.endpoint);
  return {
    send: (request, done) => connection.send(encode(request, target), request.keepBody, done),
    expire: (now, timeoutMs) => connection.expire(now, timeoutMs),
    close: () => connection.close(),
  };
}

export function encode(request: BenchRequest, target: WireTarget): string {
  const { method, path, requestId, headers, body } = request;
  const length = method === 'GET' ? '' : `Content-Length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${target.headers}X-Request-ID: ${requestId}\r\n${headers}${length}\r\n${body}`;
}
