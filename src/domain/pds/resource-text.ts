/** The JSON text of a resource, written once: the reply of an update and the stored record are the same text. */
import type { PdsPatient } from './demographics-state.ts';

const texts = new WeakMap<PdsPatient, string>();

/** Resources are never changed after they were made, so their text stays true. */
export function resourceText(resource: PdsPatient): string {
  const known = texts.get(resource);
  if (known !== undefined) return known;
  const text = JSON.stringify(resource);
  texts.set(resource, text);
  return text;
}
