/** GET /Bundle: the latest summary, asked for by its exact id. */
import { BASE } from '../../domain/scr/upload-summary.ts';
import { withoutLocation } from '../../domain/scr/withhold-location.ts';
import { instant } from '../../fhir/bundle.ts';
import { answered, readFollowing } from '../record-call.ts';
import type { RecordCall, Replied, Result } from '../record-call.ts';
import { FHIR_JSON } from '../respond.ts';
import { SUMMARY, baseOf, parameter, patientIn } from './call.ts';

export async function getSummary(call: RecordCall): Promise<Result> {
  const { context, query } = call;
  const eventId = parameter(query, 'composition.identifier');
  if (typeof eventId !== 'string') return eventId;
  const patient = patientIn(query, 'composition.subject:Patient.identifier');
  if (typeof patient !== 'string') return patient;
  const wish = { key: patient, query: { name: 'get-summary', eventId } };
  const { outcome } = await readFollowing(call, SUMMARY, wish);
  const entries = outcome.kind === 'replied' ? await entriesOf(call, outcome) : '';
  return answered(outcome, ({ attributes }) => {
    const total = Number(attributes?.['total'] ?? 0);
    const identifier = `{"system":"https://tools.ietf.org/html/rfc4122","value":"${crypto.randomUUID().toUpperCase()}"}`;
    const head = `{"resourceType":"Bundle","id":"${crypto.randomUUID().toUpperCase()}","identifier":${identifier},"type":"searchset","timestamp":"${instant(context.now)}","total":${total}`;
    const entry = total === 0 ? '' : `,"entry":${entries}`;
    return { status: 200, body: `${head}${entry}}`, contentType: FHIR_JSON };
  });
}

/** From the row or from outside, without what must not be shown, under the address the client came by. */
async function entriesOf({ context }: RecordCall, { attributes, body }: Replied): Promise<string> {
  const outside = attributes?.['outside'];
  // Stored as two lines: what is served, and what is only kept.
  const stored = outside === undefined ? body : ((await context.spine.payloads.get(outside)).split('\n')[0] ?? '');
  const shown = attributes?.['withhold'] === 'location' ? withoutLocation(stored) : stored;
  return shown.replaceAll(BASE, `"fullUrl":"${baseOf(context)}/`);
}
