/** GET /Patient/{nhs number}/RelatedPerson */
import type { RelatedPerson } from 'fhir/r4';
import { referencedPatients, withoutLocations } from '../../domain/pds/related-persons.ts';
import type { Outcome } from '../../engine/envelope.ts';
import { searchset } from '../../fhir/bundle.ts';
import { MAX_MOVES } from '../limits.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import { addressOf, answered, DEMOGRAPHICS, readFollowing, RELATED_PERSONS } from './call.ts';
import type { PdsCall, Replied, Result } from './call.ts';
import { badNhsNumber } from './preconditions.ts';

const QUERY = { name: 'get-related-persons' };
const CONFIDENTIALITY = { name: 'get-confidentiality' };

export async function listRelatedPersons(call: PdsCall): Promise<Result> {
  const invalid = badNhsNumber(call.id);
  if (invalid !== null) return invalid;
  const { key, outcome } = await readFollowing(call, RELATED_PERSONS, QUERY);
  if (outcome.kind !== 'replied') return answered(outcome, (replied) => bundle(call, key, listed(replied)));
  const people = listed(outcome);
  const restricted = await restrictedAmong(call, referencedPatients(people));
  if (restricted === null) return { kind: 'refused', code: 'timeout' };
  return bundle(call, key, withoutLocations(people, restricted));
}

/** The view answers a JSON list of RelatedPerson resources. */
const listed = (replied: Replied): readonly RelatedPerson[] => JSON.parse(replied.body) as RelatedPerson[];

/**
 * Which of these patients hide where they are; null when a shard does not answer. A number we do not hold has nothing to
 * hide; whoever was invalidated stays hidden; whoever was merged hides what the surviving record hides.
 */
async function restrictedAmong(call: PdsCall, numbers: readonly string[]): Promise<ReadonlySet<string> | null> {
  const { agent, context, requestId } = call;
  const restricted = new Set<string>();
  let asked = new Map(numbers.map((number) => [number, number]));
  for (let moves = 0; moves < MAX_MOVES && asked.size > 0; moves++) {
    const keys = [...asked.values()];
    const options = { agent, requestId, purpose: 'sweep' } as const;
    const outcomes = await context.spine.patients.readMany(DEMOGRAPHICS, keys, CONFIDENTIALITY, options);
    const next = new Map<string, string>();
    for (const [index, number] of [...asked.keys()].entries()) {
      const verdict = verdictOf(outcomes[index]);
      if (verdict === 'unknown') return null;
      if (verdict === 'restricted') restricted.add(number);
      else if (verdict !== 'open') next.set(number, verdict.key);
    }
    asked = next;
  }
  for (const number of asked.keys()) restricted.add(number);
  return restricted;
}

type Verdict = 'open' | 'restricted' | 'unknown' | { readonly key: string };

function verdictOf(outcome: Outcome | undefined): Verdict {
  switch (outcome?.kind) {
    case 'replied':
      return outcome.body === 'U' ? 'open' : 'restricted';
    case 'refused':
      return outcome.code === 'RESOURCE_NOT_FOUND' ? 'open' : 'restricted';
    case 'moved':
      return { key: outcome.key };
    case 'unavailable':
    case undefined:
      return 'unknown';
  }
}

function bundle({ context }: PdsCall, nhsNumber: string, people: readonly RelatedPerson[]): Answer {
  const entries = people.map((person) => ({
    fullUrl: addressOf(context, `/Patient/${nhsNumber}/RelatedPerson/${person.id ?? ''}`),
    resource: JSON.stringify(person),
  }));
  return { status: 200, body: searchset({ now: context.now, entries }), contentType: FHIR_JSON };
}
