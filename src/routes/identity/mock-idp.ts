/** The mock identity provider: a page with a name and no password. It exists where nobody is real. */
import { SIGN_IN_MS } from '../../domain/identity/lifetimes.ts';
import type { ProviderName } from '../../domain/identity/scopes.ts';
import { readText, mediaType } from '../body.ts';
import { MAX_FORM_BYTES, BODY_TIMEOUT_MS } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Answer, Outgoing } from '../respond.ts';
import type { Routed, Service } from '../service.ts';
import { isSandbox } from './authorize.ts';
import { randomName, shortDigest } from './digests.ts';
import { mockPatient, provider, worker } from './directory.ts';
import { NO_BODY, redirect } from './oauth-call.ts';

export const MOCK_CODE_HOLDER = 'mock-idp';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The form that client suites look for: its id, an absolute action, a field `username`. */
function page(context: RequestContext, name: ProviderName): Answer {
  const { search } = new URL(context.request.url);
  const action = escape(`${context.origin}/mock-idp/${name}/login${search}`);
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    headers: { 'Content-Security-Policy': "default-src 'none'; form-action *; frame-ancestors 'none'" },
    body: `<!DOCTYPE html><html lang="en"><head><title>Mock log-in</title></head><body><h1>Mock log-in</h1>
<form id="kc-form-login" action="${action}" method="post"><label for="username">User</label>
<input id="username" name="username" type="text" value=""><input id="password" name="password" type="password">
<input id="kc-login" name="login" type="submit" value="Sign In"></form></body></html>`,
  };
}

async function claimsFor(
  context: RequestContext,
  name: ProviderName,
  username: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  const trusted = await provider(context, name);
  if (trusted === null) return null;
  const seconds = Math.floor(context.now / 1000);
  const frame = {
    iss: trusted.issuer,
    aud: trusted.clientId,
    azp: trusted.clientId,
    iat: seconds,
    auth_time: seconds,
    exp: seconds + 300,
    sid: crypto.randomUUID(),
  };
  if (name === 'nhs-login') {
    const patient = await mockPatient(context, username);
    if (patient === null) return null;
    const { nhsNumber, level, vot } = patient;
    return {
      ...frame,
      sub: nhsNumber,
      nhs_number: nhsNumber,
      identity_proofing_level: level,
      vot,
      id_status: 'verified',
      token_use: 'id',
    };
  }
  const person = await worker(context, username);
  if (person === null || person.status === 'closed' || person.mockLogin === undefined) return null;
  const { level, methods } = person.mockLogin;
  return {
    ...frame,
    sub: person.uid,
    acr: `AAL${level}_${level === 1 ? 'USERPASS' : 'ANY'}`,
    amr: methods,
    authentication_assurance_level: level,
    id_assurance_level: 3,
  };
}

async function logIn(context: RequestContext, name: ProviderName): Promise<Answer> {
  const { request, origin } = context;
  const body = await readText(request, { bytes: MAX_FORM_BYTES, milliseconds: BODY_TIMEOUT_MS });
  const form =
    body.kind === 'text' && mediaType(request.headers.get('Content-Type')) === 'application/x-www-form-urlencoded'
      ? body.text
      : '';
  const username = new URLSearchParams(form).get('username')?.trim() ?? '';
  const claims = await claimsFor(context, name, username);
  if (claims === null) return page(context, name);
  const asked = new URL(request.url).searchParams;
  const back = asked.get('redirect_uri') ?? '';
  // Only our own callbacks: the page must not send anybody anywhere else.
  if (back !== `${origin}/oauth2-mock/callback` && back !== `${origin}/oauth2/callback`) return NO_BODY(400, {});
  const code = randomName(28);
  await context.spine.identity.issueTicket({
    id: shortDigest(code),
    holder: MOCK_CODE_HOLDER,
    facts: JSON.stringify(claims),
    until: context.now + SIGN_IN_MS,
  });
  const answer = new URLSearchParams({ code, state: asked.get('state') ?? '' });
  return redirect(`${back}?${answer.toString()}`);
}

const PATH = /^\/(nhs-cis2|nhs-login)\/(authorize|login)$/;

async function handle(context: RequestContext, routed: Routed): Promise<Outgoing> {
  const [, name, step] = PATH.exec(routed.suffix) ?? [];
  if (!isSandbox({ context }) || (name !== 'nhs-cis2' && name !== 'nhs-login'))
    return respond(context, json(404, { error: 'Not found' }));
  const wanted = step === 'login' ? 'POST' : 'GET';
  if (context.method !== wanted) return respond(context, NO_BODY(405, { Allow: wanted }));
  return respond(context, step === 'login' ? await logIn(context, name) : page(context, name));
}

export const mockIdp: Service = {
  basePath: '/mock-idp',
  handle,
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
