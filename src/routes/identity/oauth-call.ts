/** One request to the token service, and the ways its handlers answer. */
import { OAUTH_ERRORS } from '../../domain/identity/oauth-errors.ts';
import type { OauthError, OauthErrorId, OauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { Agent } from '../../engine/record-kind.ts';
import type { Grant } from '../grant.ts';
import type { RequestContext } from '../request-context.ts';
import { json, PLAIN_JSON, respond } from '../respond.ts';
import type { Answer, Outgoing } from '../respond.ts';

export interface OauthCall {
  readonly context: RequestContext;
  /** `/oauth2` or `/oauth2-mock`. */
  readonly basePath: string;
  /** True: people log in at our own mock provider. */
  readonly mock: boolean;
  /** Unique per request; errors tell it. */
  readonly messageId: string;
  /** Query or form, whichever the endpoint reads. */
  readonly fields: ReadonlyMap<string, string>;
}

export type OauthResult = Answer | OauthRefusal;
export type OauthHandler = (call: OauthCall) => Promise<OauthResult>;

/** A field that is there and not empty, or null. */
export const fieldOf = (call: OauthCall, name: string): string | null => call.fields.get(name) || null;

export const NO_BODY = (status: number, headers: Readonly<Record<string, string>>): Answer => ({
  status,
  body: '',
  contentType: 'text/plain',
  headers,
});

export const redirect = (location: string): Answer => NO_BODY(302, { Location: location });

const formOf = (id: OauthErrorId): OauthError => OAUTH_ERRORS[id];

export function errorAnswer(refusal: OauthRefusal, messageId: string): Answer {
  const { status, error, description } = formOf(refusal.id);
  return json(status, { error, error_description: description, message_id: messageId });
}

/** Every value of a token answer is text, also the numbers. */
export const tokenAnswer = (body: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  body: JSON.stringify(body),
  contentType: PLAIN_JSON,
  headers: { Pragma: 'no-cache' },
});

export const agentFor = (clientId: string | null, user?: string): Agent => ({
  client: clientId ?? 'unknown',
  mode: 'oauth2',
  rights: [],
  ...(user === undefined ? {} : { user }),
});

/** Puts a refusal into the journal. Whether that works or not, the refusal stands. */
export async function noteDenial(
  context: RequestContext,
  denial: { readonly code: string; readonly client: string | null; readonly requestId: string; readonly grant?: Grant },
): Promise<void> {
  const { grant, code, requestId } = denial;
  const client = (denial.client ?? 'unknown').slice(0, 64);
  const agent: Agent = {
    ...agentFor(client, grant?.user),
    ...(grant?.authentication === undefined ? {} : { authentication: grant.authentication }),
  };
  const command = { name: 'note-denial', code };
  // Spread over the shards: what strangers send must not pile up in one.
  const key = `denial/${requestId.slice(0, 4)}`;
  context.trace.noted = true;
  await context.spine.identity.submit('denial', key, command, { agent, requestId }).catch(() => undefined);
}

export const sendOauth = (context: RequestContext, answer: Answer): Outgoing => respond(context, answer);
