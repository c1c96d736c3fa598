/** The client library: the Spine over HTTP or a session, for Node from 20, browsers and Workers. No dependencies. */
export { SpineClient } from './spine-client.ts';
export type { SpineClientOptions } from './spine-client.ts';
export type { CallOptions, SpineAnswer, SpineCall, Token } from './caller.ts';
export { ConnectionLost, SpineError, SpineRefusal, SpineTimeout, SpineUnavailable } from './errors.ts';
export type { OperationOutcome, OutcomeIssue } from './errors.ts';
export type { RetrySettings } from './retry.ts';
export { HttpTransport } from './http-transport.ts';
export { SessionTransport } from './session-transport.ts';
export type { SessionSettings } from './session-transport.ts';
export type { Transport, WireReply, WireRequest } from './transport.ts';
export type { Socket, SocketClass } from './web-socket.ts';
export type * from './types.ts';
