/** POST /Patient */
import { checkCreateShape, newPatient } from '../../domain/pds/create-patient.ts';
import { identityOf, matchKey } from '../../domain/pds/match-identity.ts';
import { invalidCreate } from '../../domain/pds/refusals.ts';
import { registrationObjection } from '../../domain/pds/registration-rules.ts';
import type { RegisterPerson } from '../../domain/pds/registration.ts';
import type { Outcome } from '../../engine/envelope.ts';
import { FHIR_JSON } from '../respond.ts';
import { answered, isRefused } from './call.ts';
import type { PdsCall, Result } from './call.ts';
import { recentWrites } from './recent-writes.ts';
import { bodyOf, RESOURCE_TYPES, submitOptions, wrongContentType } from './preconditions.ts';

export const MALFORMED_CREATE = invalidCreate('Invalid payload received - incorrect format');

export async function createPatient(call: PdsCall): Promise<Result> {
  const { context } = call;
  const wrongType = wrongContentType(context, RESOURCE_TYPES);
  if (wrongType !== null) return wrongType;
  const body = await bodyOf(context, MALFORMED_CREATE);
  if (isRefused(body)) return body;
  const fault = checkCreateShape(body.value);
  if (fault !== null) return fault;
  const patient = newPatient(body.value);
  const identity = identityOf(patient);
  const command: RegisterPerson = {
    name: 'register-person',
    patient,
    identity,
    matchKey: matchKey(identity),
    range: 'patient',
    ignorePotentialMatches: false,
    ...withObjection(body.value),
  };
  const outcome = await context.spine.registrations.register(command, submitOptions(call, body.text));
  noteRegistered(call, outcome);
  return answered(outcome, (replied) => ({ status: 201, body: replied.body, contentType: FHIR_JSON }));
}

/** Somebody just registered is found at once by the client that did it. */
export function noteRegistered({ agent, context }: PdsCall, outcome: Outcome): void {
  if (outcome.kind === 'replied') recentWrites.note(agent.client, idIn(outcome.body), outcome.body, context.now);
}

const idIn = (body: string): string => (JSON.parse(body) as { id: string }).id;

/** A match with a known person is told before what is wrong with the rest of the data. */
export function withObjection(resource: unknown): Pick<RegisterPerson, 'objection'> {
  const objection = registrationObjection(resource);
  return objection === null ? {} : { objection };
}
