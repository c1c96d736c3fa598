/** What of a summary may be shown when nothing may tell where the patient is: no practice, no address of an author. */

const PLACES = ['address', 'telecom', 'name', 'identifier'] as const;
const PRACTICE = /<(p|h3)\b[^>]*\bid="Practice"[^>]*>[\s\S]*?<\/\1>/g;

interface Entry {
  readonly resource: Readonly<Record<string, unknown>>;
}

/** `entries` is the JSON list of a stored summary. */
export function withoutLocation(entries: string): string {
  const list = JSON.parse(entries) as readonly Entry[];
  return JSON.stringify(list.map((entry) => ({ ...entry, resource: withheld(entry.resource) })));
}

function withheld(resource: Entry['resource']): Entry['resource'] {
  if (resource['resourceType'] === 'Organization') {
    return Object.fromEntries(Object.entries(resource).filter(([name]) => !PLACES.some((place) => place === name)));
  }
  if (resource['resourceType'] !== 'Composition') return resource;
  const sections = resource['section'] as readonly { readonly text: { readonly div: string } }[];
  const section = sections.map((one) => ({ ...one, text: { ...one.text, div: one.text.div.replace(PRACTICE, '') } }));
  return { ...resource, section };
}
