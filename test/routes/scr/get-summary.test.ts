import { describe, expect, test } from 'vitest';
import { textOf } from '../../support/record-spine.ts';
import { NHS, PATIENT, summary } from '../../domain/scr/summaries.ts';
import type { Any } from '../../domain/scr/summaries.ts';
import { BASE, ID, bundleOf, house, idOf, json, upload } from './requests.ts';

describe('get id', () => {
  test('SCR-G01 no summary is an empty searchset without entry', async () => {
    const answer = await house().send('GET', idOf());
    expect(answer.status).toBe(200);
    expect(json(answer)).toEqual({ resourceType: 'Bundle', id: expect.any(String), type: 'searchset', total: 0 });
  });

  test('SCR-G02 the latest summary with its id, label, address and patient', async () => {
    const at = house();
    await upload(at);
    const { entry, total } = json(
      await at.send('GET', `${idOf()}&type=http://snomed.info/sct|196981000000101&_sort=date&_count=1`),
    );
    expect([total, entry.length]).toEqual([1, 2]);
    expect(entry[0]).toMatchObject({
      fullUrl: `https://edge.test${BASE}/DocumentReference/${entry[0].resource.id}`,
      search: { mode: 'match' },
      resource: {
        masterIdentifier: { system: 'https://fhir.nhs.uk/Id/nhsSCRUUID', value: ID },
        type: { coding: [{ code: '196981000000101', display: ' General Practice Summary' }] },
        subject: { reference: `Patient/${entry[1].fullUrl}` },
        securityLabel: [{ coding: [{ code: 'Ask' }] }],
        content: [{ attachment: { url: `https://edge.test${BASE}${bundleOf()}` } }],
      },
    });
    expect(entry[1].resource.identifier).toEqual([{ system: NHS, value: PATIENT }]);
  });

  test.each([
    ['/DocumentReference', "Required request parameter 'patient' for method parameter type String is not present"],
    ['/DocumentReference?patient=9000000009', "Invalid value - 9000000009 in field 'patient'"],
    [`/DocumentReference?patient=${NHS}|1`, `Invalid value - ${NHS}|1 in field 'patient'`],
    [`${idOf()}&type=x`, "Invalid value - x in field 'type'"],
    [`${idOf()}&_sort=-date`, "Invalid value - -date in field '_sort'"],
    [`${idOf()}&_count=2`, "Invalid value - 2 in field '_count'"],
    ['/Bundle', "Required request parameter 'composition.identifier' for method parameter type String is not present"],
    [
      `/Bundle?composition.identifier=${ID}`,
      "Required request parameter 'composition.subject:Patient.identifier' for method parameter type String is not present",
    ],
  ])('SCR-G03 %s', async (path, text) => {
    const answer = await house().send('GET', path);
    expect([answer.status, textOf(answer)]).toEqual([400, text]);
    expect(json(answer).issue[0]).toMatchObject({ severity: 'error', code: 'value' });
  });
});

describe('get', () => {
  test('SCR-G04 the exact latest id reads; any other, an older one and another case read as nothing', async () => {
    const at = house();
    await upload(at);
    const found = await at.send('GET', bundleOf());
    expect(json(found)).toMatchObject({ type: 'searchset', total: 5, timestamp: '2026-03-13T12:00:00+00:00' });
    expect(json(found).entry.map(({ fullUrl }: Any) => fullUrl.replace(`https://edge.test${BASE}/`, ''))).toEqual([
      `Composition/${ID}`,
      'PractitionerRole/r1',
      'Practitioner/d1',
      'Organization/o1',
      'Patient/p1',
    ]);
    expect(json(found).identifier.system).toBe('https://tools.ietf.org/html/rfc4122');
    for (const id of [ID.toLowerCase(), 'other']) {
      const none = json(await at.send('GET', bundleOf(id)));
      expect([none.total, none.entry]).toEqual([0, undefined]);
    }
  });

  test('SCR-G10 an address in the text of a summary is not taken for ours', async () => {
    const at = house();
    const sent = summary();
    sent.get('Composition').section[0].title = '"fullUrl":"{base}/x';
    await at.send('POST', '/Bundle', { body: sent.bundle });
    expect(json(await at.send('GET', bundleOf())).entry[0].resource.section[0].title).toBe('"fullUrl":"{base}/x');
  });
});
