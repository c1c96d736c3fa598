/** POST /Patient/$process-birth-details */
import { identityOf, matchKey } from '../../domain/pds/match-identity.ts';
import { birthPatient, checkBirthBundle } from '../../domain/pds/record-birth.ts';
import type { RegisterPerson } from '../../domain/pds/registration.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import { answered, isRefused } from './call.ts';
import type { PdsCall, Replied, Result } from './call.ts';
import { MALFORMED_CREATE, noteRegistered } from './create-patient.ts';
import { bodyOf, RESOURCE_TYPES, submitOptions, wrongContentType } from './preconditions.ts';

export async function recordBirth(call: PdsCall): Promise<Result> {
  const { context, query } = call;
  const wrongType = wrongContentType(context, RESOURCE_TYPES);
  if (wrongType !== null) return wrongType;
  const body = await bodyOf(context, MALFORMED_CREATE);
  if (isRefused(body)) return body;
  const fault = checkBirthBundle(body.value);
  if (fault !== null) return fault;
  const { patient, mother } = birthPatient(body.value);
  const identity = identityOf(patient, mother);
  const command: RegisterPerson = {
    name: 'register-person',
    patient,
    identity,
    matchKey: matchKey(identity),
    range: 'birth',
    birth: { mother },
    ignorePotentialMatches: query['ignore_potential_matches'] === 'true',
  };
  const outcome = await context.spine.registrations.register(command, submitOptions(call, body.text));
  noteRegistered(call, outcome);
  return answered(outcome, registered);
}

function registered(replied: Replied): Answer {
  const answer: Answer = { status: 201, body: replied.body, contentType: FHIR_JSON };
  const notification = replied.attributes?.['notificationId'];
  return notification === undefined ? answer : { ...answer, headers: { 'notification-id': notification } };
}
