/** The commands and records that a wish becomes. */
import type { Coverage } from 'fhir/r4';
import { newPatient } from '../../src/domain/pds/create-patient.ts';
import type { DemographicsCommand } from '../../src/domain/pds/commands.ts';
import { nhsNumberIdentifier, security } from '../../src/domain/pds/patient-parts.ts';
import type { ImportRecord } from '../../src/engine/envelope.ts';
import type { Command } from '../../src/engine/record-kind.ts';
import type { CounterCommand } from '../support/counter-kind.ts';
import type { Wish } from './plan.ts';

const FAMILIES = ['Quill', 'Blythe', 'Harker', 'Seward', 'Thorne'];
const GENDERS = ['male', 'female', 'unknown'] as const;

const family = (wish: Wish): string => FAMILIES[wish.by % FAMILIES.length] ?? 'Quill';
const gender = (wish: Wish) => GENDERS[wish.by % GENDERS.length] ?? 'unknown';

export function commandOf(wish: Wish, name: string): Command {
  return wish.record === 'counter' ? counterCommand(wish, name) : demographicsCommand(wish);
}

function counterCommand(wish: Wish, name: string): CounterCommand {
  const { kind } = wish;
  if (kind === 'stay' || kind === 'refuse' || kind === 'throw') return { name: kind };
  const outbox = wish.transfers.map(({ to, by }, number) => ({
    target: to ?? 'nowhere',
    type: 'add',
    payload: JSON.stringify({ key: to, by, transfer: `${name}>${number}` }),
  }));
  return { name: 'add', by: wish.by, outbox };
}

function demographicsCommand(wish: Wish): DemographicsCommand {
  if (wish.kind === 'create') return { name: 'create-patient', patient: newPatient(registration(wish)) };
  if (wish.kind === 'coverage') return { name: 'update-coverage', coverage: card(wish) };
  return { name: 'patch-patient', patches: [{ op: 'replace', path: '/gender', value: gender(wish) }] };
}

const registration = (wish: Wish) => ({
  name: [{ use: 'usual', given: ['Ida'], family: family(wish), period: { start: '2001-01-01' } }],
  address: [{ use: 'home', period: { start: '2020-01-01' }, line: ['24 Park Street', 'LEEDS'], postalCode: 'LS1 6AE' }],
  gender: gender(wish),
  birthDate: `19${50 + wish.by}-05-04`,
});

const card = (wish: Wish): Coverage => ({
  resourceType: 'Coverage',
  identifier: [{ value: `DE${wish.by}`, assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: 'DEU' } } }],
  status: 'active',
  beneficiary: { identifier: { value: '1029384756' } },
  payor: [{ identifier: { value: '01071' } }],
  period: { end: '2040-12-31' },
  subscriber: { identifier: { value: wish.key } },
});

export function importedRecord(wish: Wish, version: number): ImportRecord {
  const { record, key } = wish;
  if (record === 'counter')
    return { kind: record, key, version, body: JSON.stringify({ count: wish.by * 1_000 }), annex: '' };
  const resource = {
    resourceType: 'Patient',
    ...registration(wish),
    id: key,
    identifier: [nhsNumberIdentifier(key)],
    meta: { versionId: String(version), security: [security('U')] },
    name: [{ id: 'N1', use: 'usual', given: ['Ida'], family: family(wish), period: { start: '2001-01-01' } }],
    address: [
      {
        id: 'A1',
        use: 'home',
        period: { start: '2020-01-01' },
        line: ['24 Park Street', 'LEEDS'],
        postalCode: 'LS1 6AE',
      },
    ],
  };
  return { kind: record, key, version, body: JSON.stringify(resource), annex: '' };
}
