/** POST /$dose-to-text, where people are not real: the structured dosages of a message in words. */
import { doseToText } from '../../domain/eps/wire/dose-to-text.ts';
import { wrongResource } from '../../domain/eps/wire/issue-forms.ts';
import type { MessageIssue } from '../../domain/eps/message-issue.ts';
import { objectIn } from '../../domain/eps/wire/json.ts';
import type { Json } from '../../domain/eps/wire/json.ts';
import { MessageBundle } from '../../domain/eps/wire/message-bundle.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { PLAIN_JSON } from '../respond.ts';
import { bodyOf } from './call.ts';
import type { EpsCall } from './call.ts';
import { faulty } from './checks.ts';

const PLAIN_TEXT = 'text/plain';

/** One list entry for each resource with dosages: its identifiers and the words. */
export async function tellDoses(call: EpsCall): Promise<Result> {
  const { now, request, settings } = call.context;
  if (settings.environment === 'live') return { kind: 'refused', code: 'not-found' };
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const resources = dosedIn(objectIn(body.value));
  if (resources === null) return faulty([wrongResource('Bundle, MedicationRequest or MedicationDispense')], now);
  const told = resources.map((resource) => ({ resource, ...toldOf(resource) }));
  const issues = told.flatMap((each) => each.issues);
  if (issues.length > 0) return faulty(issues.slice(0, 1), now);
  if (request.headers.get('Accept') === PLAIN_TEXT)
    return { status: 200, body: told.map(({ text }) => text).join('\n'), contentType: PLAIN_TEXT };
  const answer = told.map(({ resource, text }) => ({
    identifier: resource['identifier'],
    dosageInstructionText: text,
  }));
  return { status: 200, body: JSON.stringify(answer), contentType: PLAIN_JSON };
}

function toldOf(resource: Json): { readonly text: string; readonly issues: readonly MessageIssue[] } {
  const told = doseToText(resource['dosageInstruction']);
  return told.kind === 'invalid' ? { text: '', issues: told.issues } : { text: told.text, issues: [] };
}

const DOSED = ['MedicationRequest', 'MedicationDispense'];

/** Null: a resource that tells no doses. */
function dosedIn(resource: Json): readonly Json[] | null {
  const { resourceType } = resource;
  if (resourceType === 'Bundle') {
    const bundle = new MessageBundle(resource);
    return DOSED.flatMap((type) => bundle.all(type));
  }
  return DOSED.some((type) => type === resourceType) ? [resource] : null;
}
