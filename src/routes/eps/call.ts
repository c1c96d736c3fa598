/** What the handlers of the prescription service share: the admitted call, the body, the guards. */
import type { Prescriptions } from '../../actors/stubs.ts';
import { httpForm } from '../../domain/eps/wire/codes.ts';
import { parseLossless } from '../../fhir/lossless-json.ts';
import { readJson } from '../body.ts';
import type { Grant } from '../grant.ts';
import type { RecordCall, Result } from '../record-call.ts';
import type { Answer } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { disabledIssue, roleIssue } from './access-modes.ts';
import type { EpsRole } from './access-modes.ts';
import { MESSAGE_BODY } from './limits.ts';
import { outcome } from './outcome.ts';

/** The older API that holds all, or one of the newer ones. */
export type Family = 'combined' | 'prescribing' | 'dispensing';

export interface EpsCall extends RecordCall {
  readonly family: Family;
  readonly grant: Grant;
}

export type Handler = (call: EpsCall) => Promise<Result>;

export interface ReadBody {
  readonly kind: 'body';
  readonly text: string;
  /** Numbers keep their letters; systems of HL7 stand in their http form. */
  readonly value: unknown;
}

export async function bodyOf({ context }: EpsCall): Promise<ReadBody | WireRefusal> {
  const body = await readJson(context.request, MESSAGE_BODY);
  if (body.kind === 'json') return { kind: 'body', text: body.text, value: parseLossless(httpForm(body.text)) };
  switch (body.fault) {
    case 'too-large':
      return { kind: 'refused', code: 'body-too-large' };
    case 'slow':
      return { kind: 'refused', code: 'body-too-slow' };
    case 'encoded':
    case 'malformed':
      return {
        kind: 'refused',
        code: 'MALFORMED',
        diagnostics: 'Failed to parse JSON encoded FHIR content: the body is not sound JSON',
      };
  }
}

/** What is answered where the token does not let its bearer do this, or nobody may just now; null: permitted. */
export function forbidden(call: EpsCall, role: EpsRole, unattended = false): Answer | null {
  const issue = roleIssue(call.grant, role, unattended);
  if (issue !== null) return outcome([issue]);
  const { now, settings } = call.context;
  return settings.switchedOff.some((part) => part === role) ? outcome([disabledIssue(role)], { now }) : null;
}

export const prescriptionsOf = ({ context }: EpsCall): Prescriptions => context.spine.prescriptions;

const BASES: Readonly<Record<Family, string>> = {
  combined: '/electronic-prescriptions',
  prescribing: '/fhir-prescribing',
  dispensing: '/fhir-dispensing',
};

/** Where this service takes messages, as the live one writes it: without the version. */
export const messageEndpoint = ({ context, family }: EpsCall): string =>
  `${context.origin}${BASES[family]}/$process-message`;
