/**
 * GET /session with `Upgrade: websocket`: opens a session. The socket lives in the Worker at the edge that took it, not in
 * an actor: nothing of it has to survive, and an idle one costs no CPU.
 */
import type { Surroundings } from '../request-context.ts';
import { smallName } from '../light-request.ts';
import { MAX_SESSIONS } from './limits.ts';
import { isOfThePlatform } from './message.ts';
import { Session } from './session.ts';
import type { Wire } from './session.ts';

const PATH = '/session';

/** Told once with the connection, held for every message that does not say otherwise; and what the platform adds. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'apikey',
  'accept',
  'nhsd-session-urid',
  'nhsd-end-user-organisation-ods',
  'nhsd-asid',
]);

export const isSession = (request: Request): boolean => {
  const { url } = request;
  const path = url.indexOf('/', url.indexOf('//') + 2);
  return url.startsWith(PATH, path) && (url.length === path + PATH.length || url[path + PATH.length] === '?');
};

const plain = (status: number, error: string, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json({ error }, { status, headers });

let sessions = 0;

export function openSession(request: Request, surroundings: Omit<Surroundings, 'now'>): Response {
  if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
    return plain(426, 'A session is a WebSocket', { Upgrade: 'websocket', Connection: 'Upgrade' });
  }
  if (surroundings.settings.fault !== null) return plain(503, 'Service unavailable', { 'Retry-After': '60' });
  if (sessions >= MAX_SESSIONS) return plain(503, 'Too many sessions', { 'Retry-After': '5' });
  const { 0: client, 1: server } = new WebSocketPair();
  serve(server, request, surroundings);
  return new Response(null, { status: 101, webSocket: client });
}

function serve(socket: WebSocket, request: Request, surroundings: Omit<Surroundings, 'now'>): void {
  const { url } = request;
  const headers = new Map<string, string>();
  for (const [name, value] of request.headers) {
    const key = smallName(name);
    if (CONNECTION_HEADERS.has(key) || isOfThePlatform(key)) headers.set(key, value);
  }
  let calls = 0;
  const { spine } = surroundings;
  const counted = spine.patients.together(() => calls++);
  const session = new Session(wireOf(socket), {
    connection: {
      origin: url.slice(0, url.indexOf('/', url.indexOf('//') + 2)),
      cf: request.cf,
      headers,
    },
    surroundings: { ...surroundings, spine: { ...spine, patients: counted } },
    now: () => Date.now(),
    calls: () => calls,
    ...(surroundings.settings.sessionCalls > 0 ? { callsBeforeRenewal: surroundings.settings.sessionCalls } : {}),
  });
  sessions++;
  let open = true;
  const ended = (): void => {
    if (open) sessions--;
    open = false;
    session.end();
  };
  socket.accept();
  socket.addEventListener('message', ({ data }) => session.take(data));
  socket.addEventListener('error', ended);
  socket.addEventListener('close', ({ code }) => {
    ended();
    // The other side of the handshake; codes that may not be sent are answered with the plain one.
    closeQuietly(socket, code === 1005 || code === 1006 || code === 1015 ? 1000 : code);
  });
}

const wireOf = (socket: WebSocket): Wire => ({
  send: (text) => {
    try {
      socket.send(text);
    } catch {
      // The client went while its answer was made; it will ask again.
    }
  },
  close: (code, reason) => closeQuietly(socket, code, reason),
});

function closeQuietly(socket: WebSocket, code: number, reason?: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed already.
  }
}
