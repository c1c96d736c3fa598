/** The resources of a message and the references between them. */
import { at, objectIn, objectsIn, textAt, textIn } from './json.ts';
import type { Json } from './json.ts';
import type { Reading } from './issues.ts';

export interface Entry {
  readonly fullUrl: string;
  readonly resource: Json;
}

export class MessageBundle {
  readonly entries: readonly Entry[];
  readonly json: Json;
  readonly #byUrl = new Map<string, Json[]>();

  constructor(bundle: unknown) {
    this.json = objectIn(bundle);
    this.entries = objectsIn(this.json['entry']).map((entry) => ({
      fullUrl: textIn(entry['fullUrl']),
      resource: objectIn(entry['resource']),
    }));
    for (const { fullUrl, resource } of this.entries) {
      const known = this.#byUrl.get(fullUrl);
      if (known === undefined) this.#byUrl.set(fullUrl, [resource]);
      else known.push(resource);
    }
  }

  all(type: string): readonly Json[] {
    return this.entries.flatMap(({ resource }) => (resource['resourceType'] === type ? [resource] : []));
  }

  entriesOf(type: string): readonly Entry[] {
    return this.entries.filter(({ resource }) => resource['resourceType'] === type);
  }

  /** `eventCoding.code` of the header, '' where there is none. */
  get event(): string {
    return textAt(this.all('MessageHeader')[0], 'eventCoding', 'code');
  }

  get id(): string {
    return textAt(this.json, 'identifier', 'value');
  }

  find(reference: string): Json | undefined {
    return this.#byUrl.get(reference)?.[0];
  }

  /** The one resource that a Reference points at. */
  resolve(reference: unknown, reading: Reading): Json {
    const url = textAt(reference, 'reference');
    return reading.only(this.#byUrl.get(url) ?? [], 'Bundle.entry', `fullUrl == '${url}'`) ?? {};
  }
}

export const isReference = (value: unknown): boolean => textAt(value, 'reference') !== '';
export const isIdentifierReference = (value: unknown): boolean => at(value, 'identifier') !== undefined;
