/** Tells a message with the people of another: what is compared with a published answer is asked by those it names. */
import { isObject, listAt, textAt } from '../json.ts';
import { entriesOf } from './answers.ts';
import type { Json } from './tales.ts';

/** Part of every step that does so. */
export const SENT_AS_SENT =
  'told with the people of the published answer: Spine writes them anew after HL7 V3, here they are as they were sent';

const PEOPLE = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization']);
/** Where a message refers to itself. */
const REFERENCES = ['practitioner', 'organization', 'healthcareService'];

/** The nth of each kind gets the words of the nth published; addresses, references and the NHS number stay. */
export function recast(message: Json, published: unknown): Json {
  const words = new Map<string, Json[]>();
  for (const { resource } of entriesOf(published)) {
    const type = textAt(resource, 'resourceType');
    words.set(type, [...(words.get(type) ?? []), resource as Json]);
  }
  const entry = listAt(message, 'entry').map((one) => {
    if (!isObject(one) || !isObject(one['resource'])) return one;
    const type = textAt(one, 'resource/resourceType');
    const told = PEOPLE.has(type) ? words.get(type)?.shift() : undefined;
    return told === undefined ? one : { ...one, resource: retold(one['resource'] as Json, told) };
  });
  return { ...message, entry };
}

function retold(sent: Json, { id: _id, ...told }: Json): Json {
  const kept = REFERENCES.filter((name) => name in sent).map((name) => [name, sent[name]]);
  const identifier = sent['resourceType'] === 'Patient' ? { identifier: sent['identifier'] } : {};
  return { ...told, ...(Object.fromEntries(kept) as Json), ...identifier };
}

/** Who asks for a release is the dispenser that the published answer names. */
export function askedBy(release: Json, { organization, role }: { organization?: Json; role?: Json }): Json {
  const parameter = listAt(release, 'parameter').map((one) => {
    if (!isObject(one)) return one;
    if (one['name'] === 'owner' && organization !== undefined) return { ...one, resource: organization };
    if (one['name'] !== 'agent' || role === undefined || !isObject(one['resource'])) return one;
    const { organization: _at, practitioner: _who, ...told } = role;
    return { ...one, resource: { ...told, practitioner: one['resource']['practitioner'] } };
  });
  return { ...release, parameter };
}
