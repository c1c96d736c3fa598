/** Reads who asks for prescriptions, and for which: one by its id, or what waits in the asker's queue. */
import { uncheckedPrescriptionId } from '../../nhs/prescription-id.ts';
import type { Dispenser } from './prescription-state.ts';
import { organizationFrom } from './read-parts.ts';
import { objectIn, objectsIn, textAt } from './wire/json.ts';
import { at } from './wire/json.ts';

export interface ReadRelease {
  readonly dispenser: Dispenser;
  /** Without check character; absent: a nominated release. */
  readonly id?: string;
}

export function readRelease(parameters: unknown): ReadRelease {
  const all = objectsIn(at(parameters, 'parameter'));
  const named = (name: string) => all.find((parameter) => parameter['name'] === name);
  const organization = organizationFrom(objectIn(named('owner')?.['resource']));
  const agent = named('agent')?.['resource'];
  const group = named('group-identifier');
  const id = textAt(group, 'valueIdentifier', 'value').toUpperCase();
  return {
    dispenser: { ...organization, ...(agent === undefined ? {} : { performer: JSON.stringify(agent) }) },
    ...(group === undefined ? {} : { id: uncheckedPrescriptionId(id) }),
  };
}
