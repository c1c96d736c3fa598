/** One request of a mailbox, and the ways its handlers speak to the shards and answer. */
import type { MailboxAnswer, MailboxWork } from '../../actors/stubs.ts';
import type { ApiVersion } from '../../domain/mesh/accept-version.ts';
import { tokenKey } from '../../domain/mesh/authorization.ts';
import type { Claim } from '../../domain/mesh/authorization.ts';
import type { Message } from '../../domain/mesh/message-state.ts';
import type { Agent } from '../../engine/record-kind.ts';
import type { RequestContext } from '../request-context.ts';
import type { Query } from '../service.ts';
import { errorResponse, unavailableResponse } from './refusal-table.ts';

export const BASE_PATH = '/messageexchange';

/** What every MESH handler knows, with or without a mailbox. */
export interface OpenCall {
  readonly context: RequestContext;
  readonly version: ApiVersion;
  /** What the address pattern left open, in order. */
  readonly parameters: readonly string[];
  readonly query: Query;
}

export interface MeshCall extends OpenCall {
  readonly mailboxId: string;
  readonly claim: Claim;
  readonly agent: Agent;
  /** This request, as the owner of its token. */
  readonly owner: string;
}

export type Done = Extract<MailboxAnswer, { kind: 'done' }>;

type Acted =
  | { readonly kind: 'done'; readonly done: Done }
  | { readonly kind: 'answered'; readonly response: Response };

/** Spends the token, unless told not to, and does the work in the same commit. */
export async function act(
  call: MeshCall,
  work?: MailboxWork,
  more: { messageId?: string; spend?: boolean } = {},
): Promise<Acted> {
  const { claim, agent, owner, version } = call;
  const answer = await call.context.spine.mailboxes.act({
    agent,
    requestId: tokenKey(claim),
    admission: { claim, owner, spend: more.spend ?? true },
    ...(work ? { work } : {}),
  });
  if (answer.kind === 'done') call.context.trace.agent = agent;
  // A token spent alone leaves no entry; every act and every refusal does.
  if (work !== undefined || answer.kind === 'refused') call.context.trace.noted = true;
  switch (answer.kind) {
    case 'done':
      return { kind: 'done', done: answer };
    case 'refused':
      return {
        kind: 'answered',
        response: errorResponse(version, answer.code, concerned(answer.code, more.messageId)),
      };
    case 'unavailable':
      return { kind: 'answered', response: unavailableResponse(version, answer.retryAfterSeconds) };
  }
}

/** Refusals of the token concern no message. */
const concerned = (code: string, messageId: string | undefined): string | undefined =>
  code.startsWith('auth-') || code.startsWith('mailbox-') || code === 'forbidden' || code === 'not-found'
    ? undefined
    : messageId;

/** A request that will be refused for what it says, once its token has been found good. */
export async function refusedAfterAdmission(call: MeshCall, response: Response): Promise<Response> {
  const acted = await act(call);
  return acted.kind === 'answered' ? acted.response : response;
}

export const messageOf = ({ body }: Done): Message => JSON.parse(body) as Message;

/** Ids are upper case whatever the client made of them. */
export const messageIdFrom = (parameter: string | undefined): string => (parameter ?? '').trim().toUpperCase();

/** The first value of a query parameter; undefined when absent. */
export function queryText(query: Query, name: string): string | undefined {
  const value = query[name];
  return Array.isArray(value) ? (value as readonly string[])[0] : (value as string | undefined);
}
