/** POST /$prepare: what the prescriber has to sign of an order that is not sent yet. */
import { checkPrepare } from '../../domain/eps/wire/check-message.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { bodyOf, forbidden } from './call.ts';
import type { EpsCall } from './call.ts';
import { faulty } from './checks.ts';
import { FHIR } from './outcome.ts';
import { prepareDigest } from './prepare-digest.ts';

export async function prepare(call: EpsCall): Promise<Result> {
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const denied = forbidden(call, 'prescribing');
  if (denied !== null) return denied;
  const { now, settings } = call.context;
  const faults = checkPrepare(body.value);
  if (faults.length > 0) return faulty(faults, now);
  const hash = settings.sha1Applications.includes(call.grant.app.id) ? 'SHA-1' : 'SHA-256';
  const prepared = await prepareDigest(body.value, hash, now);
  if (prepared.kind === 'invalid') return faulty(prepared.issues, now);
  const { algorithm, digest, timestamp } = prepared;
  const parameter = Object.entries({ digest, timestamp, algorithm }).map(([name, valueString]) => ({
    name,
    valueString,
  }));
  return { status: 200, body: JSON.stringify({ resourceType: 'Parameters', parameter }), contentType: FHIR };
}
