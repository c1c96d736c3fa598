import { describe, expect, test } from 'vitest';
import { readUpload } from '../../../src/domain/scr/upload-summary.ts';
import { withoutLocation } from '../../../src/domain/scr/withhold-location.ts';
import { condition, encounter, observation, summary } from './summaries.ts';
import type { Any } from './summaries.ts';
import { kept, served, spoilt } from './uploads.ts';

describe('narrative', () => {
  const sections = (spoil: (section: Any[]) => void = () => undefined): Any[] => {
    const upload = summary();
    spoil(upload.get('Composition').section);
    return served(upload)[0].section;
  };

  test('SCR-H01 sections come back with id, title and content; blanks between elements are gone, empty cells are closed', () => {
    const [, allergies] = sections();
    expect(allergies).toEqual({
      title: 'Allergies',
      code: { coding: [{ code: 'AllergiesHeader' }] },
      text: {
        status: 'generated',
        div: '<div xmlns="http://www.w3.org/1999/xhtml"><table><tr><td>2019</td><td></td><td>Pollen 🤧 &amp; dust</td></tr></table></div>',
      },
    });
  });

  test('SCR-H02 a heading of the second level begins a section of its own', () => {
    const found = sections(
      (section) => (section[0].text.div = '<div><p>one</p><h2 id="Extra">More &amp; more</h2><p>two</p></div>'),
    );
    expect(found.map(({ code, title }) => [code?.coding[0].code, title])).toEqual([
      ['Title', 'General Practice Summary'],
      ['Extra', 'More & more'],
      ['AllergiesHeader', 'Allergies'],
    ]);
    expect(found[1].text.div).toBe('<div xmlns="http://www.w3.org/1999/xhtml"><p>two</p></div>');
  });

  test('SCR-H02 a section without a code comes back without one', () => {
    expect(sections((section) => delete section[1].code)[1]).not.toHaveProperty('code');
  });

  test.each([
    ['<div><p>open</div>'],
    ['<div>'],
    ['<div/><div/>'],
    ['text'],
    ['<div>&bad</div>'],
    ['<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><div>&y;</div>'],
    ['<div><script>1</script></div>'],
    ['<div><p onclick="x()">a</p></div>'],
    ['<div><a href="java&#115;cript:x()">a</a></div>'],
    ['<div><iframe src="x"/></div>'],
    [`${'<div>'.repeat(70)}${'</div>'.repeat(70)}`],
  ])('SCR-H03 %s is no narrative', (html) => {
    expect(spoilt(({ get }) => (get('Composition').section[0].text.div = html))).toMatch(/XHTML|narrative/);
  });
});

describe('what is served again', () => {
  test("SCR-G05 date and meta.lastUpdated come back in each other's place; only known elements come back", () => {
    const upload = summary();
    upload.get('Composition').title = 'A title';
    expect(served(upload)[0]).toMatchObject({
      id: '0A1B2C3D-0000-4000-8000-000000000001',
      date: '2026-01-02T09:00:00+00:00',
      meta: { lastUpdated: '2026-01-01T08:00:00+00:00' },
      status: 'final',
    });
    expect(served(upload)[0]).not.toHaveProperty('title');
  });

  test('SCR-G06 Composition first, Patient last, what they lead to in between', () => {
    expect(served(summary()).map(({ resourceType }) => resourceType)).toEqual([
      'Composition',
      'PractitionerRole',
      'Practitioner',
      'Organization',
      'Patient',
    ]);
  });

  test('SCR-G06 references by urn come back as Type/id', () => {
    const upload = summary();
    upload.get('Composition').author[0].reference = 'urn:uuid:r1';
    upload.get('Composition').subject.reference = 'urn:uuid:p1';
    const [composition] = served(upload);
    expect([composition.author, composition.subject]).toEqual([
      [{ reference: 'PractitionerRole/r1' }],
      { reference: 'Patient/p1' },
    ]);
  });

  test.each<[string, Any, boolean]>([
    ['a COVID diagnosis', condition({ encounter: undefined }), true],
    ['another diagnosis', condition({ encounter: undefined, code: { coding: [{ code: '5' }] } }), false],
    [
      'a problem',
      condition({
        encounter: undefined,
        category: [{ coding: [{ system: 'http://snomed.info/sct', code: '162991000000102' }] }],
        code: { coding: [{ code: '5' }] },
      }),
      true,
    ],
    ['an investigation result', observation(), true],
    [
      'a risk to the patient',
      observation({ category: [{ coding: [{ system: 'http://snomed.info/sct', code: '163231000000100' }] }] }),
      true,
    ],
    [
      'family history',
      observation({ category: [{ coding: [{ system: 'http://snomed.info/sct', code: '163051000000102' }] }] }),
      false,
    ],
    [
      'lifestyle',
      observation({ category: [{ coding: [{ system: 'http://snomed.info/sct', code: '163041000000100' }] }] }),
      false,
    ],
    [
      'a treatment',
      {
        resourceType: 'Procedure',
        id: 't1',
        status: 'completed',
        category: { coding: [{ system: 'http://snomed.info/sct', code: '163071000000106' }] },
        code: { text: 'x' },
        performedDateTime: '2020',
      },
      true,
    ],
    [
      'third party correspondence',
      { resourceType: 'Communication', id: 'm1', status: 'completed', topic: { text: 'x' } },
      false,
    ],
    ['a care event', { ...encounter('AUT'), participant: undefined }, false],
  ])('SCR-G07 %s', (_name, resource, isServed) => {
    const upload = summary();
    upload.add(JSON.parse(JSON.stringify(resource)));
    expect(served(upload).some(({ id }) => id === resource.id)).toBe(isServed);
    expect(kept(upload).some(({ id }) => id === resource.id)).toBe(!isServed);
  });

  test('SCR-G07 a role known by its profile id carries no organization', () => {
    const upload = summary();
    upload.get('PractitionerRole').identifier = [{ system: 'http://fhir.nhs.net/Id/sds-role-profile-id', value: '1' }];
    upload.get('Practitioner').identifier = [{ system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '2' }];
    expect(served(upload).map(({ resourceType }) => resourceType)).toEqual([
      'Composition',
      'PractitionerRole',
      'Practitioner',
      'Patient',
    ]);
  });

  test('SCR-G08 additional information leaves a note that is kept and not served', () => {
    const upload = summary();
    upload.get('Composition').section.push({
      title: 'Diagnoses',
      code: { coding: [{ code: 'DiagnosesHeader' }] },
      text: { status: 'generated', div: '<div><p id="Author">x</p><table/></div>' },
    });
    expect(kept(upload)).toMatchObject([
      {
        topic: { coding: [{ code: '263536004' }] },
        note: [{ text: 'Additional information records have been found under the following types:\nDiagnoses' }],
      },
    ]);
    expect(served(upload).some(({ resourceType }) => resourceType === 'Communication')).toBe(false);
  });

  test('SCR-G08 a section with nothing but the frame is no additional information', () => {
    const upload = summary();
    upload.get('Composition').section.push({
      title: 'Diagnoses',
      code: { coding: [{ code: 'DiagnosesHeader' }] },
      text: { status: 'generated', div: '<div><p id="SendTime">x</p></div>' },
    });
    expect(kept(upload)).toEqual([]);
  });

  test('SCR-G09 without location neither the practice nor an address is left', () => {
    const read = readUpload(summary().bundle);
    if (read.kind === 'refused') throw new Error('refused');
    const text = withoutLocation(read.command.entries);
    expect(text).not.toMatch(/Hill|0113/);
    expect(text).toContain('From the practice.');
  });
});
