/**
 * The steps of a registration over several actors:
 * recall → begin → claim the match key → trace → take a number → create the record → finish (lets go of the claim).
 * Every step is idempotent under the registration's own key, so all may be run again from the start after any failure.
 */
import { registrationVerdict } from '../domain/pds/match-identity.ts';
import type { PersonIdentity } from '../domain/pds/match-identity.ts';
import type { Registered } from '../domain/pds/match-claim.ts';
import type { Registration, RegisterPerson } from '../domain/pds/registration.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { CommandEnvelope, Outcome } from '../engine/envelope.ts';
import { RETRY_AFTER_SECONDS } from '../engine/limits.ts';
import type { Command, OutboxEntry } from '../engine/record-kind.ts';
import { NUMBER_ALLOCATOR_NAME, placement, shardCount, shardOf } from './addresses.ts';
import { attempt } from './retry.ts';
import { tracePersons } from './trace-persons.ts';
import type { Env } from './environment.ts';

type Replied = Extract<Outcome, { kind: 'replied' }>;

/** One run of one registration: where it runs, what was asked, and the door to its own record. */
export interface RegistrationRun {
  readonly env: Env;
  readonly envelope: CommandEnvelope;
  submit(envelope: CommandEnvelope): Promise<Outcome>;
}

/** A holder that vanished blocks its rivals no longer than this; a registration takes well under a second. */
const CLAIM_LEASE_MS = 10_000;
const CLAIM_WAIT_MS = 8_000;
/** Numbers found to be in use (imported records) are passed over; a longer run means a wrong range. */
const NUMBERS_TRIED_MAX = 1_000;

/** A step that did not happen, or of which nobody knows: the caller may try again with the same request id. */
class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

export async function runRegistration(run: RegistrationRun): Promise<Outcome> {
  const { envelope } = run;
  try {
    const known = await run.submit({ ...envelope, dryRun: true });
    if (known.kind === 'refused' || (known.kind === 'replied' && known.replayed)) return known;
    const begun = await run.submit({ ...envelope, requestId: `${envelope.requestId}/begin` });
    // The request id was used for other data, although that registration has not come to its end.
    if (begun.kind === 'refused') return begun;
    const current = replied(await run.submit({ ...envelope, dryRun: true }));
    if (current.replayed) return current;
    const { body } = current.effect === 'unchanged' ? current : replied(begun);
    const state = JSON.parse(body) as Registration;
    return await match(run, state);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return { kind: 'unavailable', reason: 'timeout', retryAfterSeconds: RETRY_AFTER_SECONDS };
  }
}

/**
 * Under the claim: nobody else can register the same person between our look and our commit. A number from an earlier
 * run is used only now, since a rival may have been registered after that run had let go.
 */
async function match(run: RegistrationRun, registration: Registration): Promise<Outcome> {
  const { person } = registration;
  const { env, envelope } = run;
  const locator = () => env.LOCATOR_SHARD.getByName(shardName(env, person.matchKey), placement(env));
  const claim = { name: 'claim-match-key', holder: envelope.key, leaseMs: CLAIM_LEASE_MS };
  const claiming = step(run, 'match-claim', person.matchKey, claim);
  const claimed = replied(await attempt<Outcome>(async () => locator().claim(claiming, CLAIM_WAIT_MS)));
  let registered = false;
  try {
    const outcome =
      (await finishCreated(run, registration)) ??
      (await verdict(run, person, JSON.parse(claimed.body) as Registered[])) ??
      person.objection ??
      (await create(run, person, await numberOf(run, registration)));
    registered = outcome.kind === 'replied';
    return outcome;
  } finally {
    // A finished registration lets go through its outbox, together with the number to remember.
    const releasing = step(run, 'match-claim', person.matchKey, release(run));
    if (!registered) await attempt<Outcome>(async () => locator().submit(releasing));
  }
}

/** A crash came after the record was made: only the end is missing. */
async function finishCreated(run: RegistrationRun, { person, nhsNumber }: Registration): Promise<Outcome | null> {
  if (nhsNumber === undefined) return null;
  const created = await createRecord(run, person, { nhsNumber, dryRun: true });
  return created.kind === 'replied' && created.replayed ? finish(run, person, { nhsNumber, created }) : null;
}

async function verdict(run: RegistrationRun, person: RegisterPerson, recent: readonly Registered[]) {
  const known = new Map<string, PersonIdentity>(recent.map(({ key, identity }) => [key, identity]));
  const traced = await tracePersons(run.env, person, run.envelope).catch(() => {
    throw new StepFailed('the national index did not answer');
  });
  for (const { key, identity } of traced) known.set(key, identity);
  const found = [...known].map(([key, identity]) => ({ key, identity }));
  return registrationVerdict(person.identity, found, person.ignorePotentialMatches);
}

/** `tried` 0: the number was ours before this run. */
async function numberOf(run: RegistrationRun, { person, nhsNumber }: Registration) {
  if (nhsNumber !== undefined) return { nhsNumber, tried: 0 };
  return { nhsNumber: await allocate(run, person, 1), tried: 1 };
}

async function allocate(run: RegistrationRun, person: RegisterPerson, tried: number): Promise<string> {
  const allocator = () => run.env.NUMBER_ALLOCATOR.getByName(NUMBER_ALLOCATOR_NAME, placement(run.env));
  const allocating = {
    ...step(run, 'number-range', person.range, { name: 'allocate-number' }),
    requestId: `${run.envelope.key}/number/${tried}`,
  };
  return replied(await attempt<Outcome>(async () => allocator().submit(allocating))).body;
}

async function create(
  run: RegistrationRun,
  person: RegisterPerson,
  number: { nhsNumber: string; tried: number },
): Promise<Outcome> {
  const { envelope } = run;
  const { nhsNumber, tried } = number;
  const numbered = { name: 'number-registration', nhsNumber, resume: reminder(run) };
  replied(await run.submit({ ...envelope, command: numbered, requestId: `${envelope.requestId}/number/${nhsNumber}` }));
  const created = await createRecord(run, person, { nhsNumber, dryRun: false });
  if (created.kind === 'refused' && created.code === 'number-in-use' && tried < NUMBERS_TRIED_MAX) {
    return create(run, person, { nhsNumber: await allocate(run, person, tried + 1), tried: tried + 1 });
  }
  return finish(run, person, { nhsNumber, created: replied(created) });
}

function createRecord(
  run: RegistrationRun,
  { patient, birth }: RegisterPerson,
  { nhsNumber, dryRun }: { nhsNumber: string; dryRun: boolean },
): Promise<Outcome> {
  const shard = () => run.env.PATIENT_SHARD.getByName(shardName(run.env, nhsNumber), placement(run.env));
  const command = { name: 'create-patient', patient, ...(birth ? { birth } : {}) };
  const creating = {
    ...step(run, 'demographics', nhsNumber, command),
    requestId: `${run.envelope.key}/create`,
    dryRun,
  };
  return attempt<Outcome>(async () => shard().submit(creating));
}

function finish(
  run: RegistrationRun,
  person: RegisterPerson,
  made: { nhsNumber: string; created: Replied },
): Promise<Outcome> {
  const payload = JSON.stringify({
    key: person.matchKey,
    agent: run.envelope.agent,
    command: { ...release(run), registered: { key: made.nhsNumber, identity: person.identity } },
  });
  const command = {
    name: 'finish-registration',
    body: made.created.body,
    attributes: { ...made.created.attributes },
    release: { target: `locator-shard/${person.matchKey}`, type: 'release', payload },
  };
  return run.submit({ ...run.envelope, command });
}

/** A delivery to ourselves that survives a crash: what has got a number must be finished. */
function reminder({ envelope }: RegistrationRun): OutboxEntry {
  return { target: `registration-shard/${envelope.key}`, type: 'resume', payload: JSON.stringify(envelope) };
}

const release = (run: RegistrationRun) => ({ name: 'release-match-key', holder: run.envelope.key });

function step(run: RegistrationRun, kind: string, key: string, command: Command): CommandEnvelope {
  const { agent } = run.envelope;
  return { v: ENVELOPE_VERSION, kind, key, command, agent, requestId: crypto.randomUUID(), fingerprint: '' };
}

const shardName = (env: Env, key: string): string => String(shardOf(key, shardCount(env)));

function replied(outcome: Outcome): Replied {
  if (outcome.kind !== 'replied') throw new StepFailed(outcome.kind);
  return outcome;
}
