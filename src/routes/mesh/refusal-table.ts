/** How MESH says no: every code of the domain, the engine and the edge with its form on the wire, in both versions. */
import type { EngineRefusalCode } from '../../engine/envelope.ts';
import type { ApiVersion } from '../../domain/mesh/accept-version.ts';
import type { HeaderFault } from '../../domain/mesh/mex-headers.ts';
import type { MeshRefusalCode } from '../../domain/mesh/refusals.ts';

interface ErrorForm {
  readonly status: number;
  readonly event: string;
  readonly code: string;
  readonly text: string;
  /** True: the answer is the general text, as for a fault of the server. */
  readonly general?: boolean;
}

const plain = (status: number, text: string): ErrorForm => ({ status, event: '', code: '', text });
const coded = (status: number, event: string, code: string, text: string): ErrorForm => ({ status, event, code, text });
const general = (status: number): ErrorForm => ({ ...plain(status, ''), general: true });

const REPEATED = plain(403, 'Error Duplicated Authentication Token');

export const FORMS: Readonly<Record<MeshRefusalCode | EngineRefusalCode, ErrorForm>> = {
  'auth-unreadable': plain(403, 'Error reading from Authorization header'),
  'auth-other-mailbox': plain(403, 'Mailbox id does not match token'),
  'auth-invalid': plain(403, 'Invalid Authentication Token'),
  'auth-repeated': REPEATED,
  'mailbox-unknown': coded(403, 'SEND', 'EPL-151', 'No mailbox matched'),
  'mailbox-inactive': plain(403, 'Request Received from Inactive Mailbox'),
  forbidden: plain(403, 'Forbidden'),
  'not-found': plain(404, 'Not Found'),
  'message-unknown': coded(404, 'RECEIVE', '20', 'Message does not exist'),
  'message-gone': coded(410, 'SEND', 'Message already accepted', 'Message no longer available for download'),
  'multiple-choices': plain(300, 'Multiple Choices'),
  'accept-malformed': plain(400, 'Accept header api format incorrect'),
  'recipient-missing': coded(400, 'SEND', '08', 'TO_DTS missing'),
  'sender-differs': coded(417, 'SEND', '07', 'Invalid From Address in the control file'),
  'headers-malformed': coded(400, 'TRANSFER', '06', 'MalformedControlFile'),
  'checksum-malformed': coded(400, 'SEND', 'Invalid checksum', 'Invalid checksum'),
  'encoding-unsupported': coded(422, 'SEND', 'UnsupportedContentEncoding', 'Unsupported content encoding'),
  'encoding-changed': plain(417, 'cannot change content encoding'),
  'chunk-range-invalid': coded(
    417,
    'SEND',
    'InvalidHeaderChunks',
    'Invalid chunk values sent in mex-Chunk-Range header',
  ),
  'chunk-beyond-total': general(406),
  'recipient-unknown': coded(417, 'SEND', '12', 'Unregistered to address'),
  'payload-missing': coded(417, 'COLLECT', '02', 'Data file is missing or inaccessible.'),
  'payload-too-large': plain(413, 'Payload Too Large'),
  'upload-closed': general(423),
  'workflow-sender-refused': coded(417, 'SEND', '16', 'Sender is not allowed to send messages of this type'),
  'workflow-recipient-refused': coded(417, 'SEND', '17', 'Workflow ID not registered for mailbox'),
  'ods-code-missing': plain(400, 'ods code missing'),
  'workflow-missing': plain(400, 'workflow id missing'),
  'id-taken': general(500),
  'version-mismatch': general(500),
  'request-id-reused': REPEATED,
  'not-ours': plain(404, 'Not Found'),
  'read-only': plain(503, 'Service Unavailable'),
  'too-large': plain(413, 'Payload Too Large'),
};

export const MESH_V2 = 'application/vnd.mesh.v2+json';
export const JSON_TYPE = 'application/json';

const GENERAL = 'An internal error occurred.\n\nPlease contact support.';

const isKnown = (code: string): code is keyof typeof FORMS => Object.hasOwn(FORMS, code);

export function errorResponse(version: ApiVersion, code: string, messageId?: string): Response {
  const form = isKnown(code) ? FORMS[code] : general(500);
  if (form.general === true) return generalError(form.status);
  return shaped(version, form, messageId);
}

function shaped(version: ApiVersion, { status, event, code, text }: ErrorForm, messageId?: string): Response {
  const body =
    version === 1
      ? {
          ...(messageId === undefined ? {} : { messageID: messageId }),
          errorEvent: event,
          errorCode: code,
          errorDescription: text,
        }
      : { ...(messageId === undefined ? {} : { message_id: messageId }), detail: [{ event, code, msg: text }] };
  return answer(status, body, version === 1 ? JSON_TYPE : MESH_V2);
}

export function generalError(status: number, reference?: string): Response {
  return answer(
    status,
    { message: GENERAL, ...(reference === undefined ? {} : { internal_id: reference }) },
    JSON_TYPE,
  );
}

/** A token that met this answer is not spent: the client comes again with the same one. */
export function unavailableResponse(version: ApiVersion, retryAfterSeconds: number): Response {
  const response = shaped(version, plain(503, 'Service Unavailable'));
  response.headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
  return response;
}

export const faultResponse = (faults: readonly HeaderFault[]): Response => answer(400, { detail: faults }, JSON_TYPE);

export const notFound = (): Response => answer(404, { detail: 'Not Found' }, JSON_TYPE);

export function methodNotAllowed(allowed: readonly string[]): Response {
  const response = answer(405, { detail: 'Method Not Allowed' }, JSON_TYPE);
  response.headers.set('allow', allowed.join(', '));
  return response;
}

const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function answer(status: number, body: unknown, contentType: string): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...ALWAYS, 'content-type': contentType } });
}

export const emptyAnswer = (): Response => new Response(null, { status: 200, headers: { ...ALWAYS } });

/** Header pairs of an answer with a body of its own. */
export const bodyHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> => ({
  ...ALWAYS,
  ...headers,
});
