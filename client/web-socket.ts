/** As much of a WebSocket as a session needs; the platform's own, `ws` and others all fit. */

export interface SocketMessage {
  readonly data: unknown;
}

export interface SocketClose {
  readonly code: number;
  readonly reason: string;
}

export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: SocketMessage) => void): void;
  addEventListener(type: 'close', listener: (event: SocketClose) => void): void;
}

export type SocketClass = new (url: string) => Socket;

/** The platform's own WebSocket; Node has none before 22. */
export function platformWebSocket(): SocketClass | undefined {
  const found: unknown = Reflect.get(globalThis, 'WebSocket');
  return typeof found === 'function' ? (found as SocketClass) : undefined;
}

export const NO_WEB_SOCKET =
  'This platform has no WebSocket (Node has one from version 22). Give one as the option WebSocket, for example that of ' +
  "the package 'ws', or use the transport 'http'.";
