/** Who in the national index could be the person to register: the newest identity of each, from its own shard. */
import { waitUntil } from 'cloudflare:workers';
import type { PersonIdentity } from '../domain/pds/match-identity.ts';
import type { RegisterPerson } from '../domain/pds/registration.ts';
import { candidateTokens, criteriaForCreate } from '../domain/pds/search-index.ts';
import type { CommandEnvelope } from '../engine/envelope.ts';
import { searchCandidates } from '../storage/national/search-patients.ts';
import { nationalDatabases } from './national.ts';
import { patientShards } from './stubs.ts';
import type { Env } from './environment.ts';

export interface TracedPerson {
  readonly key: string;
  readonly identity: PersonIdentity;
}

export async function tracePersons(
  env: Env,
  person: RegisterPerson,
  envelope: CommandEnvelope,
): Promise<TracedPerson[]> {
  const plan = candidateTokens(criteriaForCreate(person.patient));
  const found = await searchCandidates(nationalDatabases(env), plan);
  // To register somebody without having seen all who could be the same person is no choice.
  if (found.tooMany) throw new Error('too many candidates to trace a person');
  const keys = found.candidates.map(({ key }) => key);
  const { agent, requestId } = envelope;
  const outcomes = await patientShards(env, waitUntil).readMany(
    'demographics',
    keys,
    { name: 'get-identity' },
    {
      agent,
      requestId,
      purpose: 'sweep',
    },
  );
  return outcomes.flatMap((outcome, index) => {
    const key = keys[index];
    if (outcome.kind !== 'replied' || key === undefined) return [];
    return [{ key, identity: JSON.parse(outcome.body) as PersonIdentity }];
  });
}
