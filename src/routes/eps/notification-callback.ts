/** Delivery reports of NHS Notify on what patients were told: signed, read, and acknowledged. */
import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readText } from '../body.ts';
import type { RequestContext } from '../request-context.ts';
import { PLAIN_JSON, json } from '../respond.ts';
import type { Answer } from '../respond.ts';
import { parseGuarded } from '../json-guard.ts';
import { MESSAGE_BODY } from './limits.ts';

const refuse = (status: number, message: string): Answer => json(status, { message });

/**
 * Nothing is sent to NHS Notify from here, so no report has a record to match; as the public service does, an unknown
 * message counts as reported.
 */
export async function acknowledgeDelivery({ request, requestId, settings }: RequestContext): Promise<Answer> {
  if (requestId === null || requestId === '') return refuse(400, 'No x-request-id given');
  const signature = request.headers.get('x-hmac-sha256-signature') ?? '';
  if (signature === '') return refuse(401, 'No x-hmac-sha256-signature given');
  const body = await readText(request, MESSAGE_BODY);
  if (body.kind === 'fault') return body.fault === 'too-large' ? refuse(413, 'Request body too large') : UNREADABLE;
  if (!isSigned(body.text, signature, settings.notifySecret)) return refuse(403, 'Incorrect signature');
  if (body.text === '') return refuse(400, 'No request body given');
  if (parseGuarded(body.text, MESSAGE_BODY.json) === undefined) return UNREADABLE;
  return { status: 202, body: 'OK', contentType: PLAIN_JSON };
}

const UNREADABLE = refuse(400, 'Request body failed to parse');

/** An unset secret signs nothing. */
function isSigned(body: string, signature: string, secret: string): boolean {
  if (secret === '') return false;
  const expected = createHmac('sha256', secret).update(body, 'utf8').digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
