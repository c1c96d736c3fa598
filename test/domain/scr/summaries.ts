/** A small GP summary, made up, and ways to spoil it. */

export const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const SNOMED = 'http://snomed.info/sct';

const coded = (code: string, display: string) => ({ coding: [{ system: SNOMED, code, display }] });
const div = (html: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${html}</div>`;

export const PATIENT = '9000000009';

export type Any = any; // oxlint-disable-line typescript/no-explicit-any

/** Entries by type, so that a test can reach in and break one thing. */
export interface Summary {
  readonly bundle: Any;
  get(type: string): Any;
  drop(type: string): void;
  add(resource: Any): void;
}

export function summary(id = '0A1B2C3D-0000-4000-8000-000000000001', nhsNumber = PATIENT): Summary {
  const resources: Any[] = [
    {
      resourceType: 'Composition',
      id: 'c1',
      meta: { lastUpdated: '2026-01-02T09:00:00+00:00' },
      identifier: { system: 'https://tools.ietf.org/html/rfc4122', value: id },
      status: 'final',
      type: coded('196981000000101', 'General Practice Summary'),
      category: [coded('163171000000105', 'Care Professional Documentation')],
      subject: { reference: 'Patient/p1' },
      date: '2026-01-01T08:00:00+00:00',
      author: [{ reference: 'PractitionerRole/r1' }],
      section: [
        {
          title: 'General Practice Summary',
          code: { coding: [{ code: 'Title' }] },
          text: {
            status: 'generated',
            div: div('<h3 id="Disclaimer">From the practice.</h3><p id="Practice">Hill Surgery, 1 Hill Road</p>'),
          },
        },
        {
          title: 'Allergies',
          code: { coding: [{ code: 'AllergiesHeader' }] },
          text: {
            status: 'generated',
            div: div('<table>\n  <tr><td>2019</td><td/><td>Pollen 🤧 &amp; dust</td></tr></table>'),
          },
        },
      ],
    },
    {
      resourceType: 'PractitionerRole',
      id: 'r1',
      practitioner: { reference: 'Practitioner/d1' },
      organization: { reference: 'Organization/o1' },
      code: [
        { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/HL7v3-SDSJobRoleName', code: 'R0260', display: 'GP' }] },
      ],
    },
    { resourceType: 'Practitioner', id: 'd1', name: [{ text: 'Dr A Body' }] },
    {
      resourceType: 'Organization',
      id: 'o1',
      type: [{ coding: [{ code: '021' }] }],
      name: 'Hill Surgery',
      telecom: [{ system: 'phone', value: '0113 1' }],
      address: [{ text: '1 Hill Road' }],
    },
    { resourceType: 'Patient', id: 'p1', identifier: [{ system: NHS, value: nhsNumber }] },
  ];
  const bundle: Any = {
    resourceType: 'Bundle',
    identifier: { system: 'https://tools.ietf.org/html/rfc4122', value: 'B-1' },
    type: 'document',
    timestamp: '2026-01-02T09:00:00+00:00',
    entry: [],
  };
  const place = () => {
    bundle.entry = resources.map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource }));
  };
  place();
  return {
    bundle,
    get: (type) => resources.find(({ resourceType }) => resourceType === type),
    drop(type) {
      resources.splice(
        resources.findIndex(({ resourceType }) => resourceType === type),
        1,
      );
      place();
    },
    add(resource) {
      resources.splice(-1, 0, resource);
      place();
    },
  };
}

export const condition = (more: Any = {}): Any => ({
  resourceType: 'Condition',
  id: 'k1',
  identifier: [{ value: 'k1' }],
  clinicalStatus: { coding: [{ code: 'active' }] },
  category: [coded('163001000000103', 'Diagnoses')],
  code: coded('1240751000000100', 'COVID-19'),
  encounter: { reference: 'Encounter/e1' },
  onsetDateTime: '2020',
  ...more,
});

export const observation = (more: Any = {}): Any => ({
  resourceType: 'Observation',
  id: 'b1',
  identifier: [{ value: 'b1' }],
  status: 'final',
  category: [coded('163141000000104', 'Investigation Results')],
  code: coded('1', 'Finding'),
  effectivePeriod: { start: '2020-05' },
  ...more,
});

export const encounter = (code: string, reference = 'PractitionerRole/r1', more: Any = {}): Any => ({
  resourceType: 'Encounter',
  id: 'e1',
  status: 'finished',
  class: { code: 'UNK' },
  participant: [
    {
      type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code }] }],
      period: { start: '2020-11-17' },
      individual: { reference },
      ...more,
    },
  ],
});
