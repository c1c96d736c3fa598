/** What a way to the Spine does: one request there, one answer back, no opinion about either. */

export interface WireRequest {
  readonly method: string;
  /** Path and query, from the root of the server. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string | undefined;
}

export interface WireReply {
  readonly status: number;
  /** By name as the server wrote it; ask with `headerOf`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, otherwise a text; undefined where there was none. */
  readonly body: unknown;
}

export interface Transport {
  /** `common` holds for every request until it changes: a session sends it once. */
  send(request: WireRequest, common: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<WireReply>;
  close(): void;
}

export function headerOf(reply: Pick<WireReply, 'headers'>, name: string): string | undefined {
  const exact = reply.headers[name];
  if (exact !== undefined) return exact;
  const small = name.toLowerCase();
  const found = Object.keys(reply.headers).find((key) => key.toLowerCase() === small);
  return found === undefined ? undefined : reply.headers[found];
}

export const isJsonType = (type: string | undefined): boolean => type !== undefined && /[/+]json\b/.test(type);

/** Why an aborted call ended, as the platform has it. */
export const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
