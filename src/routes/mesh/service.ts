/** MESH: its addresses on one screen, and the order in which every request is checked. */
import { apiVersion } from '../../domain/mesh/accept-version.ts';
import { claimOf } from '../../domain/mesh/authorization.ts';
import type { RequestContext } from '../request-context.ts';
import type { Routed, Service } from '../service.ts';
import { acknowledgeMessage } from './acknowledge-message.ts';
import { act, BASE_PATH } from './call.ts';
import type { MeshCall, OpenCall } from './call.ts';
import { certificateIdentity } from './client-certificate.ts';
import { downloadMessage, headMessage } from './download-message.ts';
import { handshake, update } from './handshake.ts';
import { countInbox, listInbox } from './list-inbox.ts';
import { endpointLookup, workflowSearch } from './lookup.ts';
import { ping } from './ping.ts';
import { errorResponse, generalError, methodNotAllowed, notFound } from './refusal-table.ts';
import { richInbox, richOutbox } from './rich-lists.ts';
import { SANDBOX_ROUTES, hasExtras } from './sandbox.ts';
import { sendChunk } from './send-chunk.ts';
import { sendMessage } from './send-message.ts';
import { trackByLocalId, trackMessage } from './track-message.ts';
import { matchRoute, openRoute, routeTable } from './route-table.ts';
import type { RouteRow } from './route-table.ts';

/** `*` is one open segment; the first of a mailbox route is the mailbox. Earlier rows win. */
const MAILBOX_ROUTES = routeTable<(call: MeshCall) => Promise<Response>>([
  ['GET', '*', handshake],
  ['POST', '*', handshake],
  ['GET', '*/inbox', listInbox],
  ['GET', '*/inbox/rich', richInbox],
  ['GET', '*/inbox/*', downloadMessage],
  ['HEAD', '*/inbox/*', headMessage],
  ['GET', '*/inbox/*/*', downloadMessage],
  ['PUT', '*/inbox/*/status/acknowledged', acknowledgeMessage],
  ['GET', '*/count', countInbox],
  ['POST', '*/outbox', sendMessage],
  ['GET', '*/outbox/rich', richOutbox],
  ['GET', '*/outbox/tracking', trackMessage],
  ['GET', '*/outbox/tracking/*', trackByLocalId],
  ['POST', '*/outbox/*/*', sendChunk],
  ['POST', '*/update', update],
]);

/** No token is asked for here. */
const OPEN_ROUTES: readonly RouteRow<(call: OpenCall) => Promise<Response>>[] = [
  openRoute('GET', '_ping', ({ context }) => ping(context)),
  openRoute('GET', 'deepping', ({ context }) => ping(context)),
  ['GET', 'endpointlookup/*/*', endpointLookup],
  ['GET', 'endpointlookup/*', endpointLookup],
  ['GET', 'workflowsearch/*', workflowSearch],
];

const OPEN = routeTable(OPEN_ROUTES);
const OPEN_WITH_EXTRAS = routeTable([...SANDBOX_ROUTES, ...OPEN_ROUTES]);

async function handle(context: RequestContext, routed: Routed): Promise<Response> {
  const { suffix } = routed;
  return dispatch(context, routed, PLAIN.test(suffix) ? suffix.slice(1).split('/') : segmentsOf(context, BASE_PATH));
}

/** Addresses in which there is nothing to decode or to normalise: nearly all. */
const PLAIN = /^(?:\/[\w-]+)+$/;

async function dispatch(
  context: RequestContext,
  { query }: Routed,
  segments: readonly string[] | null,
): Promise<Response> {
  if (segments === null) return notFound();
  const version = apiVersion(context.request.headers.get('accept'));
  const openTable = hasExtras(context.settings.environment) ? OPEN_WITH_EXTRAS : OPEN;
  const open = matchRoute(openTable, context.method, segments);
  if (open.kind === 'found') {
    return open.handler({ context, query, version: version ?? 1, parameters: open.parameters });
  }
  const found = matchRoute(MAILBOX_ROUTES, context.method, segments);
  if (found.kind === 'found')
    return forMailbox(
      { context, query, version: version ?? 1, parameters: found.parameters },
      found.handler,
      version === null,
    );
  if (open.kind === 'other-method') return methodNotAllowed(open.allowed);
  return found.kind === 'other-method' ? methodNotAllowed(found.allowed) : notFound();
}

/** Token first, then the form of the answer, then whatever the handler wants to see. */
async function forMailbox(
  open: OpenCall,
  handler: (call: MeshCall) => Promise<Response>,
  strangeAccept: boolean,
): Promise<Response> {
  const { context, version } = open;
  const [mailbox = '', ...parameters] = open.parameters;
  const mailboxId = mailbox.trim().toUpperCase();
  const claim = claimOf(context.request.headers.get('authorization'), mailboxId);
  if (claim.kind === 'refused') return errorResponse(version, claim.code);
  const identity = certificateIdentity(context);
  if (identity === null && context.settings.meshCertificates) return errorResponse(version, 'auth-unreadable');
  const agent = {
    client: mailboxId,
    mode: 'nhsmesh',
    rights: [],
    ...(identity === null ? {} : { organization: identity.odsCode, user: identity.localId }),
  };
  const call: MeshCall = { ...open, parameters, mailboxId, claim, agent, owner: crypto.randomUUID() };
  if (!strangeAccept) return handler(call);
  const acted = await act(call);
  return acted.kind === 'answered' ? acted.response : errorResponse(1, 'accept-malformed');
}

/** The decoded segments of the path behind a base path; null where an escape is broken. */
function segmentsOf({ request }: RequestContext, basePath: string): readonly string[] | null {
  const path = new URL(request.url).pathname.slice(basePath.length + 1);
  try {
    return path.split('/').map((segment) => decodeURIComponent(segment));
  } catch {
    return null;
  }
}

const broken = (_context: RequestContext, reference: string): Response => generalError(500, reference);

export const mesh: Service = { basePath: BASE_PATH, handle, broken };

/** The official sandbox serves these also outside its base path, and clients of test deployments rely on it. */
const beside = (basePath: string, serve: Service['handle']): Service => ({ basePath, handle: serve, broken });

const alive = (context: RequestContext): Promise<Response> => Promise.resolve(ping(context));

export const meshBeside: readonly Service[] = [
  ...['/health', '/_status', '/_ping', '/healthcheck'].map((path) => beside(path, alive)),
  beside('/admin', (context, routed) => {
    const segments = segmentsOf(context, '/admin');
    return dispatch(context, routed, segments === null ? null : ['admin', ...segments]);
  }),
  beside('/endpointlookup', async (context, { query }) => {
    const segments = segmentsOf(context, '/endpointlookup');
    if (context.method !== 'GET') return methodNotAllowed(['GET']);
    const old = segments?.length === 3 && segments[0] === 'mesh';
    return old ? endpointLookup({ context, query, version: 1, parameters: segments.slice(1) }) : notFound();
  }),
];
