/**
 * Views of summary care records: each is one request for the latest summary by its id, decided and written to the audit
 * in the patient's shard. A client that does not know the id asks for it first; that look-up is not counted here.
 */
import type { Reply } from '../generator/response-parser.ts';
import { populationNumbers } from '../population.ts';
import { pick } from '../random.ts';
import { newRequestId } from '../request-ids.ts';
import {
  type BenchRequest,
  errorOf,
  type Exchange,
  NO_REPLY,
  OK,
  type Scenario,
  type ScenarioSettings,
  TargetNotReady,
  type Verdict,
} from './scenario.ts';

const BASE = '/summary-care-record/FHIR/R4';
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

/** Patients with a summary; more would only lengthen the preparation. */
const SUMMARIES = 500;
/** Medication lines: with them a summary is 8 KB, a core summary of usual length. */
const LINES = 40;
/** One view in so many also has its body looked at. */
const BODY_CHECK_EVERY = 64;

interface Known {
  readonly nhsNumber: string;
  readonly eventId: string;
}

export function scrView({ population }: ScenarioSettings): Scenario {
  let known = populationNumbers(population)
    .slice(0, SUMMARIES)
    .map((nhsNumber): Known => ({ nhsNumber, eventId: newRequestId().toUpperCase() }));
  let views = 0;
  return {
    name: 'scr-view',
    async setup(preparation) {
      const replies = await preparation.sendAll(known.map(upload));
      // Some of the population were merged into others: such numbers take no summary.
      known = known.filter((_, index) => replies[index]?.status === 201);
      const refused = replies.find(({ status }) => status !== 201);
      if (known.length * 2 < replies.length) {
        throw new TargetNotReady(
          `summaries are not taken: ${refused?.status ?? ''} ${refused?.body?.toString() ?? ''}`,
        );
      }
    },
    next: (random) => view(pick(random, known), views++ % BODY_CHECK_EVERY === 0),
  };
}

function view(known: Known, looked: boolean): Exchange {
  const { eventId, nhsNumber } = known;
  const patient = `composition.subject:Patient.identifier=${NHS_NUMBER}%7C${nhsNumber}`;
  const path = `${BASE}/Bundle?composition.identifier=${eventId}&${patient}`;
  const request: BenchRequest = {
    method: 'GET',
    path,
    requestId: newRequestId(),
    headers: '',
    body: '',
    keepBody: looked,
  };
  return {
    operation: 'VIEW',
    request,
    check: (reply) => (reply === null ? NO_REPLY : checkView(reply, known, looked)),
  };
}

function checkView(reply: Reply, { eventId, nhsNumber }: Known, looked: boolean): Verdict {
  if (reply.status !== 200) return errorOf(reply);
  if (!looked) return OK;
  const body = reply.body?.toString('utf8') ?? '';
  if (!body.includes(`"value":"${nhsNumber}"`)) return { kind: 'broken', code: 'OTHER_PATIENT' };
  return body.includes(`Composition/${eventId}`) ? OK : { kind: 'broken', code: 'ACKNOWLEDGED_WRITE_LOST' };
}

const coded = (code: string, display: string) => ({ coding: [{ system: 'http://snomed.info/sct', code, display }] });

function section(title: string, code: string, html: string) {
  return {
    title,
    code: { coding: [{ code }] },
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${html}</div>` },
  };
}

const MEDICATION = Array.from(
  { length: LINES },
  (_, line) =>
    `<tr><td>Repeat Medication</td><td>Last Issued: ${(line % 28) + 1} Feb 2026</td><td>Paracetamol 500mg tablets</td><td>take two four times a day</td><td>32 tablet</td></tr>`,
).join('');

function upload({ eventId, nhsNumber }: Known): BenchRequest {
  const system = 'https://tools.ietf.org/html/rfc4122';
  const resources = [
    {
      resourceType: 'Composition',
      id: 'c',
      meta: { lastUpdated: '2026-02-01T09:00:00+00:00' },
      identifier: { system, value: eventId },
      status: 'final',
      type: coded('196981000000101', 'General Practice Summary'),
      category: [coded('163171000000105', 'Care Professional Documentation')],
      subject: { reference: 'Patient/p' },
      date: '2026-02-01T09:00:00+00:00',
      author: [{ reference: 'PractitionerRole/r' }],
      section: [
        section('General Practice Summary', 'Title', '<h3 id="Disclaimer">Sourced from the patient record.</h3>'),
        section(
          'Current Repeat Medications',
          'RepeatMedsHeader',
          `<table id="RepeatMeds"><tbody>${MEDICATION}</tbody></table>`,
        ),
      ],
    },
    {
      resourceType: 'PractitionerRole',
      id: 'r',
      identifier: [{ system: 'http://fhir.nhs.net/Id/sds-role-profile-id', value: '673836492727' }],
      practitioner: { reference: 'Practitioner/d' },
    },
    {
      resourceType: 'Practitioner',
      id: 'd',
      identifier: [{ system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '676789689789' }],
      name: [{ text: 'Dr A Body' }],
    },
    { resourceType: 'Patient', id: 'p', identifier: [{ system: NHS_NUMBER, value: nhsNumber }] },
  ];
  const entry = resources.map((resource) => ({
    fullUrl: `https://bench.invalid/${resource.resourceType}/${resource.id}`,
    resource,
  }));
  const body = JSON.stringify({
    resourceType: 'Bundle',
    identifier: { system, value: eventId },
    type: 'document',
    timestamp: '2026-02-01T09:00:00+00:00',
    entry,
  });
  return {
    method: 'POST',
    path: `${BASE}/Bundle`,
    requestId: newRequestId(),
    headers: 'Content-Type: application/fhir+json\r\n',
    body,
    keepBody: true,
  };
}
