/** What every handler knows about the request in hand: read from the headers once, passed along. */
import type { Gate } from './gate.ts';
import type { Agent } from '../engine/record-kind.ts';
import type { Grant } from './grant.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { Spine } from './service.ts';
import type { Settings } from './settings.ts';

/** What the Worker brings to a request. */
export interface Surroundings {
  readonly spine: Spine;
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Counts exactly across isolates where one is given; otherwise each isolate counts for itself. */
  readonly limiter?: RateLimiter;
  /** Refuses early what is too much; absent where nothing is counted. */
  readonly gate?: Gate;
  /** Keeps the isolate alive for work behind the answer. */
  readonly later?: (work: Promise<unknown>) => void;
}

/** What the edge reads of a request: a Request is one, a message of a session is another. */
export interface IncomingRequest extends Pick<Request, 'method' | 'url' | 'arrayBuffer'> {
  readonly headers: Pick<Headers, 'get'>;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly cf?: Request['cf'];
  /** The whole body, where it has arrived as text. */
  readonly bodyText?: string;
}

/** What a request leaves behind, known to all copies of its context. */
export interface RequestTrace {
  /** Who was let in, where access is enforced. */
  grant?: Grant;
  /** Who acts, where a service has doors of its own. */
  agent?: Agent;
  /** True: the actor that was asked writes the entry of this request itself. */
  noted: boolean;
}

export interface RequestContext extends Surroundings {
  /** Let in beyond the ordinary places, where only urgent care may go on. */
  readonly reserved?: boolean;
  readonly request: IncomingRequest;
  readonly method: string;
  /** Scheme and host, for absolute links. */
  readonly origin: string;
  /** X-Request-ID as sent: null when absent, '' when empty. */
  readonly requestId: string | null;
  readonly correlationId: string | null;
  readonly trace: RequestTrace;
}

export function requestContext(request: IncomingRequest, surroundings: Surroundings): RequestContext {
  const { headers, url } = request;
  return {
    ...surroundings,
    request,
    method: request.method,
    origin: url.slice(0, url.indexOf('/', url.indexOf('//') + 2)),
    requestId: headers.get('X-Request-ID'),
    correlationId: headers.get('X-Correlation-ID'),
    trace: { noted: false },
  };
}

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** Any version and case of UUID; two merged header values are none. */
export const isRequestId = (value: string): boolean => value.length === 36 && UUID.test(value);
