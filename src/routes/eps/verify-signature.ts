/** POST /$verify-signature in its old shape: the signatures of released prescriptions, one message of the answer for each. */
import { instant } from '../../fhir/bundle.ts';
import { objectIn, objectsIn, textAt } from '../../domain/eps/wire/json.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { bodyOf, forbidden } from './call.ts';
import type { EpsCall } from './call.ts';
import { faulty } from './checks.ts';
import { FHIR } from './outcome.ts';
import { bundleSignatureFaults } from './signature-verification.ts';
import { trustOf } from './trust-store.ts';
import { wrongResource } from '../../domain/eps/wire/issue-forms.ts';

const ERRORS = 'https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode';
const MESSAGE_ID = 'https://tools.ietf.org/html/rfc4122';

export async function verifySignature(call: EpsCall): Promise<Result> {
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const denied = forbidden(call, 'dispensing');
  if (denied !== null) return denied;
  const { now } = call.context;
  const bundle = objectIn(body.value);
  if (bundle['resourceType'] !== 'Bundle') return faulty([wrongResource('Bundle')], now);
  // A searchset of prescriptions as a release hands them out, or one prescription.
  const inner = objectsIn(bundle['entry']).map(({ resource }) => objectIn(resource));
  const messages = inner.filter(({ resourceType }) => resourceType === 'Bundle');
  const trust = await trustOf(call.context);
  const parameter = await Promise.all(
    (messages.length > 0 ? messages : [bundle]).map(async (message, index) => ({
      name: String(index),
      part: [identifierPart(message), resultPart(await bundleSignatureFaults(message, now, trust), now)],
    })),
  );
  return { status: 200, body: JSON.stringify({ resourceType: 'Parameters', parameter }), contentType: FHIR };
}

const identifierPart = (message: unknown) => ({
  name: 'messageIdentifier',
  valueReference: { identifier: { system: MESSAGE_ID, value: textAt(message, 'identifier', 'value') } },
});

const resultPart = (faults: readonly string[], now: number) => ({
  name: 'result',
  resource: {
    resourceType: 'OperationOutcome',
    meta: { lastUpdated: instant(now) },
    issue: faults.length === 0 ? [{ code: 'informational', severity: 'information' }] : faults.map(issueOf),
  },
});

/** Of the two that the public example shows one has a code of its own. */
const issueOf = (text: string) => {
  const code = text === "Signature doesn't match prescription" ? 'INVALID' : 'INVALID_VALUE';
  return {
    severity: 'error',
    code: 'invalid',
    details: { coding: [{ system: ERRORS, code, display: `${text}.` }] },
    expression: ['Provenance.signature.data'],
  };
};
