/** Coverage answers: a Bundle of none or one card, under the version of the patient's record. */
import { searchset } from '../../fhir/bundle.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import { addressOf } from './call.ts';
import type { PdsCall, Replied } from './call.ts';

/** The view answers a JSON list of at most one card; what stands between its brackets is that card, byte for byte. */
const cardsIn = (list: string): readonly string[] => (list === '[]' ? [] : [list.slice(1, -1)]);

export interface CoverageReply {
  readonly status: 200 | 201;
  readonly subscriber: string;
  readonly replied: Replied;
}

export function coverageBundle({ context }: PdsCall, { replied, status, subscriber }: CoverageReply): Answer {
  const fullUrl = addressOf(context, `/Coverage?subscriber:identifier=${subscriber}`);
  const entries = cardsIn(replied.body).map((resource) => ({ fullUrl, resource }));
  return {
    status,
    body: searchset({ now: context.now, entries, versionId: String(replied.version) }),
    contentType: FHIR_JSON,
    version: replied.version,
  };
}
