/**
 * One request to register a person, step by step, so that a crash between any two steps is resumed and not repeated:
 * begun → numbered (an NHS number is ours to use) → done. Until it is numbered nothing has happened to anybody.
 */
import type { Command, Decision, OutboxEntry, RecordKind, View } from '../../engine/record-kind.ts';
import type { PdsPatient } from './demographics-state.ts';
import type { PersonIdentity } from './match-identity.ts';
import type { PdsRefusal } from './refusals.ts';

/** What the route asks for: a checked and normalised person. */
export interface RegisterPerson extends Command {
  readonly name: 'register-person';
  readonly patient: PdsPatient;
  readonly identity: PersonIdentity;
  readonly matchKey: string;
  readonly range: 'patient' | 'birth';
  readonly birth?: { readonly mother: string };
  readonly ignorePotentialMatches: boolean;
  /** Why a new record must not be made of these data; a match with a known person is told first. */
  readonly objection?: PdsRefusal;
}

export interface Registration {
  readonly person: RegisterPerson;
  readonly stage: 'begun' | 'numbered' | 'done';
  readonly nhsNumber?: string;
}

/** `resume` is the delivery to ourselves that survives a crash. */
export interface NumberRegistration extends Command {
  readonly name: 'number-registration';
  readonly nhsNumber: string;
  readonly resume: OutboxEntry;
}

export interface FinishRegistration extends Command {
  readonly name: 'finish-registration';
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly release: OutboxEntry;
}

export type RegistrationCommand = RegisterPerson | NumberRegistration | FinishRegistration;

function decide(state: Registration | null, command: RegistrationCommand): Decision<Registration> {
  if (command.name === 'register-person') {
    // A repeat goes on where the first attempt stopped.
    if (state) return { kind: 'unchanged', reply: { body: JSON.stringify(state) } };
    const begun: Registration = { person: command, stage: 'begun' };
    return { kind: 'accepted', state: begun, outbox: [], reply: { body: JSON.stringify(begun) } };
  }
  if (!state) return { kind: 'refused', code: 'RESOURCE_NOT_FOUND' };
  if (command.name === 'number-registration') {
    const numbered: Registration = { ...state, stage: 'numbered', nhsNumber: command.nhsNumber };
    return { kind: 'accepted', state: numbered, outbox: [command.resume], reply: { body: JSON.stringify(numbered) } };
  }
  const { body, attributes, release } = command;
  return { kind: 'accepted', state: { ...state, stage: 'done' }, outbox: [release], reply: { body, attributes } };
}

export const registration: RecordKind<Registration, RegistrationCommand> = {
  name: 'registration',
  decode: ({ body }) => JSON.parse(body) as Registration,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View =>
    record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'RESOURCE_NOT_FOUND' },
};
