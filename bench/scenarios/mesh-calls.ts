/** Requests of the MESH scenarios: mailboxes of the public sandbox, and a fresh token for every call. */
import { createHmac } from 'node:crypto';
import { newRequestId } from '../request-ids.ts';
import { type BenchRequest, type Preparation, TargetNotReady } from './scenario.ts';

const SHARED_KEY = 'TestKey';
const PASSWORD = 'password';
export const MAILBOXES = ['X26ABC1', 'X26ABC2', 'X26ABC3'] as const;

export interface MeshCall {
  readonly method: BenchRequest['method'];
  readonly mailbox: string;
  /** Behind the mailbox. */
  readonly path: string;
  /** Further header lines, each ended by CR LF. */
  readonly headers?: string;
  readonly body?: string;
}

export function meshRequest({ method, mailbox, path, headers = '', body = '' }: MeshCall): BenchRequest {
  const requestId = newRequestId();
  return {
    method,
    path: `/messageexchange/${mailbox}${path}`,
    requestId,
    body,
    keepBody: body !== '',
    headers: `Accept: application/vnd.mesh.v2+json\r\n${headers}Authorization: ${token(mailbox, requestId)}\r\n`,
  };
}

function token(mailbox: string, nonce: string): string {
  const timestamp = new Date().toISOString().slice(0, 16).replaceAll(/[-:T]/g, '');
  const text = `${mailbox}:${nonce}:0:${PASSWORD}:${timestamp}`;
  return `NHSMESH ${mailbox}:${nonce}:0:${timestamp}:${createHmac('sha256', SHARED_KEY).update(text).digest('hex')}`;
}

export const sendHeaders = (to: string): string =>
  `Mex-To: ${to}\r\nMex-WorkflowID: BENCH\r\nContent-Type: application/octet-stream\r\n`;

const MESSAGE_ID = /"message_id":"([^"]+)"/;

export const messageIdIn = (body: Buffer | null): string | undefined =>
  MESSAGE_ID.exec(body?.toString('latin1') ?? '')?.[1];

/** The sandbox mailboxes must be there. */
export async function needMailboxes(preparation: Preparation): Promise<void> {
  for (const mailbox of MAILBOXES) {
    const { status } = await preparation.send(meshRequest({ method: 'GET', mailbox, path: '/count' }));
    if (status !== 200)
      throw new TargetNotReady(`mailbox ${mailbox} answers ${status}: are the sandbox mailboxes loaded?`);
  }
}
