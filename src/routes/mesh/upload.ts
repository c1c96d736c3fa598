/** Takes the body of a request into the payload store, without ever holding it. */
import { PayloadTooLarge } from '../../actors/stubs.ts';
import type { IncomingRequest } from '../request-context.ts';
import type { MeshCall } from './call.ts';
import { errorResponse, unavailableResponse } from './refusal-table.ts';

export type StoredBody =
  | { readonly kind: 'stored'; readonly object: string; readonly size: number }
  | { readonly kind: 'answered'; readonly response: Response };

const RETRY_AFTER_SECONDS = 2;

/** Null where the body comes without a length. */
export function announcedLength(request: IncomingRequest): number | null {
  const text = request.headers.get('content-length');
  if (text !== null && /^\d{1,15}$/.test(text)) return Number(text);
  return request.body === null ? 0 : null;
}

export async function storeBody({ context, version }: MeshCall): Promise<StoredBody> {
  const { request, spine } = context;
  const length = announcedLength(request);
  if (request.body === null || length === 0) return { kind: 'stored', object: '', size: 0 };
  try {
    const { object, size } = await spine.meshPayloads.put(request.body, length);
    // An empty body without a length leaves no object behind.
    return { kind: 'stored', object: size === 0 ? '' : object, size };
  } catch (error) {
    if (error instanceof PayloadTooLarge)
      return { kind: 'answered', response: errorResponse(version, 'payload-too-large') };
    // The stream broke off, or the store did: nothing was recorded, so the same request may come again.
    console.error(
      JSON.stringify({
        level: 'error',
        event: 'upload-failed',
        error: error instanceof Error ? error.name : typeof error,
      }),
    );
    return { kind: 'answered', response: unavailableResponse(version, RETRY_AFTER_SECONDS) };
  }
}
