/**
 * Search results on the wire. Views answer bare resources as JSON text, because only a route knows its public address
 * and the hour; here that text is wrapped without parsing it again.
 */

export interface SearchsetEntry {
  readonly fullUrl: string;
  /** The resource as JSON text, sent byte for byte. */
  readonly resource: string;
  /** Present only in results that are ranked. */
  readonly score?: number;
}

export interface Searchset {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly entries: readonly SearchsetEntry[];
  /** Version of the record behind the result, where the wire tells it (`meta.versionId`). */
  readonly versionId?: string;
}

/** FHIR instant to the second with the offset spelled out, as Spine writes it. */
export function instant(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}+00:00`;
}

function entryText(entry: SearchsetEntry): string {
  const search = entry.score === undefined ? '' : `"search":{"score":${JSON.stringify(entry.score)}},`;
  return `{"fullUrl":${JSON.stringify(entry.fullUrl)},${search}"resource":${entry.resource}}`;
}

/** A searchset Bundle; without entries it has `total` 0 and no `entry`. */
export function searchset(result: Searchset): string {
  const count = `"timestamp":"${instant(result.now)}","total":${result.entries.length}`;
  const head = `{"resourceType":"Bundle","type":"searchset",${count}`;
  const meta = result.versionId === undefined ? '' : `,"meta":{"versionId":${JSON.stringify(result.versionId)}}`;
  const entry = result.entries.length === 0 ? '' : `,"entry":[${result.entries.map(entryText).join(',')}]`;
  return `${head}${meta}${entry}}`;
}

/** What became of one entry of a batch or transaction. */
export interface EntryResponse {
  readonly status: number;
  /** The resource as JSON text, sent byte for byte. */
  readonly resource?: string;
  readonly version?: number;
  /** An OperationOutcome as JSON text. */
  readonly outcome?: string;
}

/** The answer to a batch or transaction: its entries stand in the order of the request. No time in it: a repeat gets the same bytes. */
export function responseBundle(
  type: 'batch-response' | 'transaction-response',
  entries: readonly EntryResponse[],
): string {
  const entry = entries.length === 0 ? '' : `,"entry":[${entries.map(responseText).join(',')}]`;
  return `{"resourceType":"Bundle","type":"${type}"${entry}}`;
}

function responseText({ status, resource, version, outcome }: EntryResponse): string {
  const etag = version === undefined ? '' : `,"etag":${JSON.stringify(`W/"${version}"`)}`;
  const told = outcome === undefined ? '' : `,"outcome":${outcome}`;
  const body = resource === undefined ? '' : `"resource":${resource},`;
  return `{${body}"response":{"status":"${status}"${etag}${told}}}`;
}
