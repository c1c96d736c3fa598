/** The shapes of FHIR that calls take and give: the parts in use by name, the rest as it comes. */

export interface Resource {
  readonly resourceType: string;
  readonly id?: string;
  readonly meta?: { readonly versionId?: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

export interface HumanName {
  readonly id?: string;
  readonly use?: string;
  readonly family?: string;
  readonly given?: readonly string[];
  readonly prefix?: readonly string[];
  readonly [more: string]: unknown;
}

export interface Address {
  readonly id?: string;
  readonly use?: string;
  readonly line?: readonly string[];
  readonly postalCode?: string;
  readonly [more: string]: unknown;
}

export interface ContactPoint {
  readonly id?: string;
  readonly system?: string;
  readonly value?: string;
  readonly use?: string;
  readonly [more: string]: unknown;
}

export interface Patient extends Resource {
  readonly resourceType: 'Patient';
  readonly name?: readonly HumanName[];
  readonly gender?: string;
  readonly birthDate?: string;
  readonly deceasedDateTime?: string;
  readonly address?: readonly Address[];
  readonly telecom?: readonly ContactPoint[];
}

export interface RelatedPerson extends Resource {
  readonly resourceType: 'RelatedPerson';
}

export interface BundleEntry<R extends Resource = Resource> {
  readonly fullUrl?: string;
  readonly resource?: R;
  readonly search?: { readonly score?: number };
  readonly request?: BundleRequest;
  readonly response?: { readonly status?: string; readonly etag?: string; readonly outcome?: Resource };
}

export interface BundleRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly ifMatch?: string;
}

export interface Bundle<R extends Resource = Resource> extends Resource {
  readonly resourceType: 'Bundle';
  readonly type: string;
  readonly total?: number;
  readonly entry?: readonly BundleEntry<R>[];
}

/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

/** As the search takes them; several values of one name are given as a list. */
export interface PatientSearch {
  readonly family?: string;
  readonly given?: string | readonly string[];
  readonly gender?: string;
  /** For example `eq1980-01-31`; two for a range. */
  readonly birthdate?: string | readonly string[];
  readonly 'death-date'?: string | readonly string[];
  readonly 'address-postalcode'?: string;
  readonly 'general-practitioner'?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly '_exact-match'?: boolean;
  readonly '_fuzzy-match'?: boolean;
  readonly _history?: boolean;
  readonly '_max-results'?: number;
}
