/** An uploaded Bundle as the checks look at it: resources by type, and references followed the way they are written. */
import type { Bundle, CodeableConcept, FhirResource, Identifier, Reference } from 'fhir/r4';

type ResourceType = FhirResource['resourceType'];
export type Resource<T extends ResourceType> = Extract<FhirResource, { resourceType: T }>;

export class UploadBundle {
  readonly bundle: Bundle<FhirResource>;
  readonly resources: readonly FhirResource[];
  readonly #byReference = new Map<string, FhirResource>();

  constructor(bundle: Bundle<FhirResource>) {
    this.bundle = bundle;
    const resources: FhirResource[] = [];
    for (const { fullUrl, resource: sent } of bundle.entry ?? []) {
      if (sent === undefined) continue;
      const id = sent.id ?? idIn(fullUrl);
      const resource = id === undefined ? sent : { ...sent, id };
      resources.push(resource);
      if (fullUrl !== undefined) this.#byReference.set(fullUrl, resource);
      if (id !== undefined) this.#byReference.set(`${sent.resourceType}/${id}`, resource);
    }
    this.resources = resources;
  }

  all<T extends ResourceType>(type: T): readonly Resource<T>[] {
    return this.resources.filter((resource): resource is Resource<T> => resource.resourceType === type);
  }

  /** What a reference points at, if it stands in this Bundle and is of that type. */
  find<T extends ResourceType>(type: T, reference: Reference | undefined): Resource<T> | undefined {
    const found = this.target(reference);
    return found?.resourceType === type ? (found as Resource<T>) : undefined;
  }

  target(reference: Reference | undefined): FhirResource | undefined {
    const text = reference?.reference;
    if (text === undefined) return undefined;
    return this.#byReference.get(text) ?? this.#byReference.get(text.split('/').slice(-2).join('/'));
  }
}

function idIn(fullUrl: string | undefined): string | undefined {
  const last = fullUrl?.split(/[/:]/).at(-1);
  return last === '' ? undefined : last;
}

export const firstCoding = (concept: CodeableConcept | undefined) => concept?.coding?.[0];
export const firstIdentifier = (resource: { readonly identifier?: Identifier[] | undefined }) =>
  resource.identifier?.[0];

/** A missing value as the texts show it. */
export const shown = (value: string | undefined): string => value ?? 'null';

export const SNOMED = 'http://snomed.info/sct';
export const UUID_SYSTEM = 'https://tools.ietf.org/html/rfc4122';
export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
