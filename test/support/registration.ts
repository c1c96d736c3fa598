/** People to register, ways to register them, and a coordinator that can be stopped dead at any step. */
import { exports } from 'cloudflare:workers';
import { shardOf } from '../../src/actors/addresses.ts';
import type { Env } from '../../src/actors/environment.ts';
import { runRegistration } from '../../src/actors/register-person.ts';
import { newPatient } from '../../src/domain/pds/create-patient.ts';
import { identityOf, matchKey } from '../../src/domain/pds/match-identity.ts';
import type { RegisterPerson } from '../../src/domain/pds/registration.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { CommandEnvelope, Outcome } from '../../src/engine/envelope.ts';
import { newcomer } from '../domain/pds/births.ts';
import { AGENT, spine } from './engine.ts';

export const SHARDS = Number(spine.SHARDS);
const PDS = 'https://spine.test/personal-demographics/FHIR/R4';

interface Fetching {
  fetch(url: string, init: RequestInit): Promise<Response>;
}
const worker = (exports as unknown as { default: Fetching }).default;

let people = 0;

/** A body of somebody nobody has heard of; families differ in sound as well as in letters. */
export function somebody(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const index = people++;
  const family = `Q${'bdlmr'.charAt(index % 5)}a${'bdlmr'.charAt(Math.floor(index / 5) % 5)}e${'bdlmr'.charAt(Math.floor(index / 25) % 5)}`;
  return newcomer({
    name: [{ use: 'usual', given: ['Ida'], family, period: { start: '2001-01-01' } }],
    birthDate: `19${50 + (index % 50)}-05-04`,
    ...changes,
  });
}

export const familyOf = (body: Record<string, unknown>): string =>
  (body['name'] as { family: string }[])[0]?.family ?? '';

export async function post(
  path: string,
  body: unknown,
  requestId: string = crypto.randomUUID(),
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await worker.fetch(`${PDS}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'X-Request-ID': requestId, 'Content-Type': 'application/fhir+json' },
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

export const create = (body: unknown, requestId?: string) => post('/Patient', body, requestId);

export async function found(body: Record<string, unknown>): Promise<string[]> {
  const query = new URLSearchParams({ family: familyOf(body), birthdate: String(body['birthDate']) });
  const response = await worker.fetch(`${PDS}/Patient?${query}`, {
    method: 'GET',
    headers: { 'X-Request-ID': crypto.randomUUID() },
  });
  const bundle: { entry?: { resource: { id: string } }[] } = await response.json();
  return (bundle.entry ?? []).map(({ resource }) => resource.id);
}

export const numberIn = (text: string): string => (JSON.parse(text) as { id: string }).id;

/** The code of an OperationOutcome. */
export const codeIn = (text: string): string =>
  (JSON.parse(text) as { issue: { details: { coding: { code: string }[] } }[] }).issue[0]?.details.coding[0]?.code ??
  '';

export function envelopeOf(body: Record<string, unknown>, wish: Partial<CommandEnvelope> = {}): CommandEnvelope {
  const patient = newPatient(body);
  const identity = identityOf(patient);
  const command: RegisterPerson = {
    name: 'register-person',
    patient,
    identity,
    matchKey: matchKey(identity),
    range: 'patient',
    ignorePotentialMatches: false,
  };
  const requestId = wish.requestId ?? crypto.randomUUID();
  return {
    v: ENVELOPE_VERSION,
    kind: 'registration',
    key: `${AGENT.client}/${requestId}`,
    command,
    agent: AGENT,
    fingerprint: JSON.stringify(body),
    ...wish,
    requestId,
  };
}

const registrationShard = ({ key }: CommandEnvelope) =>
  spine.REGISTRATION_SHARD.getByName(String(shardOf(key, SHARDS)));

export async function register(envelope: CommandEnvelope): Promise<Outcome> {
  return registrationShard(envelope).register(envelope);
}

/** Where the coordinator stops: before the call leaves, or when its answer would arrive. */
export interface Stop {
  readonly step: number;
  readonly when: 'before' | 'after';
}

/** Marked as a bug would be, so that nothing tries again: a dead coordinator does not. */
const dead = (): Error => Object.assign(new Error('stopped'), { remote: true });

/** Runs the steps outside their actor, with every call counted; what happened to the rest after the stop is nothing. */
export async function runUntil(
  envelope: CommandEnvelope,
  stop: Stop,
  env: Env = spine,
): Promise<{ outcome: Outcome | null; steps: string[] }> {
  const steps: string[] = [];
  let stopped = false;
  const call = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (stopped) throw dead();
    const step = steps.push(name) - 1;
    stopped = step === stop.step && stop.when === 'before';
    if (stopped) throw dead();
    const answer = await work();
    stopped = step === stop.step;
    if (stopped) throw dead();
    return answer;
  };
  const run = {
    env: counted(env, call),
    envelope,
    submit: (step: CommandEnvelope) =>
      call(`registration ${step.command.name}`, async () => registrationShard(envelope).submit(step)),
  };
  const outcome = await runRegistration(run).catch(() => null);
  return { outcome, steps };
}

type Call = <T>(name: string, work: () => Promise<T>) => Promise<T>;
type Callable = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** The same bindings, with every call to an actor counted. */
function counted(env: Env, call: Call): Env {
  const actors = (name: 'LOCATOR_SHARD' | 'PATIENT_SHARD' | 'NUMBER_ALLOCATOR') => ({
    getByName: (shard: string) =>
      new Proxy(
        {},
        {
          get:
            (_stub, method: string) =>
            (...args: unknown[]) =>
              call(`${name} ${method}`, async () =>
                (env[name].getByName(shard) as unknown as Callable)[method]?.(...args),
              ),
        },
      ),
  });
  return {
    ...env,
    LOCATOR_SHARD: actors('LOCATOR_SHARD'),
    PATIENT_SHARD: actors('PATIENT_SHARD'),
    NUMBER_ALLOCATOR: actors('NUMBER_ALLOCATOR'),
  } as unknown as Env;
}

/** Demographics records in all shards. */
export async function recordCount(): Promise<number> {
  const statuses = await Promise.all(
    Array.from({ length: SHARDS }, async (_, shard) => spine.PATIENT_SHARD.getByName(String(shard)).status()),
  );
  return statuses.reduce((sum, { records }) => sum + records, 0);
}

/** A release that met an aborted actor is delivered again by the outbox, and the claim's lease ends after ten seconds. */
export const FREE_AFTER_ABORT_MS = 11_000;

/** Whether somebody else gets the claim of these people within `waitMs`. */
export async function claimIsFree(envelope: CommandEnvelope, waitMs = 1_000): Promise<boolean> {
  const { matchKey } = envelope.command as RegisterPerson;
  const locator = spine.LOCATOR_SHARD.getByName(String(shardOf(matchKey, SHARDS)));
  const step = (name: string): CommandEnvelope => ({
    v: ENVELOPE_VERSION,
    kind: 'match-claim',
    key: matchKey,
    agent: AGENT,
    requestId: crypto.randomUUID(),
    fingerprint: '',
    command: { name, holder: 'a rival', leaseMs: 1_000 } as CommandEnvelope['command'],
  });
  const outcome = await locator.claim(step('claim-match-key'), waitMs);
  await locator.submit(step('release-match-key'));
  return outcome.kind === 'replied';
}
