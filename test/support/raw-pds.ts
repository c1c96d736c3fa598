/** PDS requests as bytes for the bench's connections: what clients send by the million. */
import type { Endpoint, HttpConnection } from '../../bench/generator/http-connection.ts';
import type { Reply } from '../../bench/generator/response-parser.ts';
import { newRequestId } from '../../bench/request-ids.ts';
import { PDS } from './pds-client.ts';

/** A patient with one writer, who therefore knows version and gender. */
export interface OwnedPatient {
  readonly number: string;
  version: number;
  gender: string;
}

const GENDERS = ['male', 'female', 'unknown'];

export const nextGender = (gender: string): string => GENDERS[(GENDERS.indexOf(gender) + 1) % GENDERS.length] ?? 'male';

export const hostLine = (url: string): string => `Host: ${new URL(url).host}\r\n`;

export function endpointOf(url: string): Endpoint {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port), secure: false };
}

export const getBytes = (host: string, number: string): string =>
  `GET ${PDS}/Patient/${number} HTTP/1.1\r\n${host}X-Request-ID: ${newRequestId()}\r\n\r\n`;

/** One request id per call: the same bytes sent again are a repeat. */
export function changeBytes(host: string, { number, version }: OwnedPatient, gender: string): string {
  const body = `{"patches":[{"op":"replace","path":"/gender","value":"${gender}"}]}`;
  return (
    `PATCH ${PDS}/Patient/${number} HTTP/1.1\r\n${host}X-Request-ID: ${newRequestId()}\r\n` +
    `If-Match: W/"${version}"\r\nContent-Type: application/json-patch+json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

export function send(connection: HttpConnection, bytes: string, keep: boolean): Promise<Reply | null> {
  return new Promise((resolve) => connection.send(bytes, keep, (reply) => resolve(reply)));
}

export const versionOf = (reply: Reply): number => Number(/^W\/"(\d+)"$/.exec(reply.etag)?.[1] ?? 0);
