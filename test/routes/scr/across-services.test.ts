import { describe, expect, test } from 'vitest';
import { textOf } from '../../support/record-spine.ts';
import { PATIENT, summary } from '../../domain/scr/summaries.ts';
import { ID, alert, bundleOf, house, idOf, json, permit, upload } from './requests.ts';

describe('across services', () => {
  const OLD = '9000000025';

  test('SCR-X01 every view is in the journal with who looked, refused ones too', async () => {
    const at = house();
    await upload(at);
    await at.send('GET', idOf(), {
      headers: { 'X-Correlation-ID': '11c46f5f-cdef-4865-94b2-0ee0edcc26da', 'NHSD-ASID': '200000001162' },
    });
    await at.send('GET', bundleOf());
    await at.send('POST', '/$setPermission', { body: permit('No') });
    await at.send('GET', bundleOf());
    await at.send('POST', '/Bundle', { body: summary(ID.replace(/1$/, '2')).bundle });
    expect(at.spine.accesses().map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'get-summary-id found',
      'get-summary found',
      'get-summary dissent',
      'upload-summary dissent',
    ]);
    expect(at.spine.accesses()[0]?.agent).toMatchObject({
      role: '555254240100',
      asid: '200000001162',
      correlationId: '11c46f5f-cdef-4865-94b2-0ee0edcc26da',
    });
  });

  test('SCR-X02 a superseded number reads the survivor and takes nothing', async () => {
    const at = house();
    await at.spine.person(PATIENT);
    await at.spine.person(OLD, { link: [{ type: 'replaced-by', other: { identifier: { value: PATIENT } } }] });
    await upload(at);
    const { entry } = json(await at.send('GET', idOf(OLD)));
    expect(entry[1].resource.identifier[0].value).toBe(PATIENT);
    expect(json(await at.send('GET', bundleOf(ID, OLD))).total).toBe(5);
    const refused = await at.send('POST', '/Bundle', { body: summary(ID.replace(/1$/, '3'), OLD).bundle });
    expect([refused.status, textOf(refused)]).toEqual([400, expect.stringContaining('PSIS-35160')]);
    expect((await at.send('POST', '/$setPermission', { body: permit('No', OLD) })).status).toBe(400);
    expect(at.spine.accesses().map(({ key, outcome }) => `${key} ${outcome}`)).toContain(`${OLD} moved`);
  });

  test('SCR-X03 what a retired number held comes to the survivor: the newer summary, a refusal of either', async () => {
    const at = house();
    const agent = { client: 'merge', mode: 'operator', rights: [] };
    const absorb = (retired: unknown) =>
      at.spine.patients.submit('summary-care-record', PATIENT, { name: 'absorb-summary', retired } as never, {
        agent,
        requestId: crypto.randomUUID(),
        fingerprint: '',
        waitMs: 1000,
      });
    await upload(at);
    const newer = { eventId: 'NEWER', storedAt: at.now + 1, total: 1, entries: '[]', kept: '[]' };
    await absorb({ latest: newer, eventIds: ['NEWER'], permission: { code: 'Yes', setAt: 5, jobRole: 'x' } });
    expect(json(await at.send('GET', idOf())).entry[0].resource).toMatchObject({
      masterIdentifier: { value: 'NEWER' },
      securityLabel: [{ coding: [{ code: 'Yes' }] }],
    });
    await absorb({
      latest: { ...newer, eventId: 'OLDER', storedAt: 1 },
      eventIds: ['OLDER'],
      permission: { code: 'No', setAt: 1, jobRole: 'x' },
    });
    expect((await at.send('GET', idOf())).status).toBe(403);
    const again = await upload(at);
    expect(again.status).toBe(403);
  });

  test('SCR-X04 death changes nothing: read and replaced under the permission that was given', async () => {
    const at = house();
    await at.spine.person(PATIENT, { deceasedDateTime: '2026-03-01' });
    expect((await upload(at)).status).toBe(201);
    expect(json(await at.send('GET', bundleOf())).total).toBe(5);
    await at.send('POST', '/$setPermission', { body: permit('No') });
    expect((await at.send('GET', bundleOf())).status).toBe(403);
  });

  test('SCR-X05 of a restricted patient nothing is shown that tells a place, inside the row or outside', async () => {
    for (const filler of ['', 'x'.repeat(300_000)]) {
      const at = house();
      await at.spine.person(PATIENT, { meta: { versionId: '1', security: [{ code: 'R' }] } });
      const sent = summary();
      sent.get('Composition').section[1].text.div = `<div><p>${filler}</p></div>`;
      await at.send('POST', '/Bundle', { body: sent.bundle });
      const { text } = await at.send('GET', bundleOf());
      expect(text).not.toMatch(/Hill|0113/);
      expect(text).toContain('From the practice.');
    }
  });

  test('SCR-X06 an invalidated number is no number', async () => {
    const at = house();
    await at.spine.person(PATIENT, { meta: { versionId: '1', security: [{ code: 'REDACTED' }] } });
    expect(textOf(await at.send('GET', idOf()))).toContain('PSIS-35160');
    expect((await upload(at)).status).toBe(400);
  });

  test('SCR-X07 a throwing decision and a poison record hurt nobody else', async () => {
    const at = house();
    await at.spine.person(PATIENT);
    const agent = { client: 'x', mode: 'x', rights: [] };
    const bad = at.spine.patients.submit(
      'summary-care-record',
      PATIENT,
      { name: 'no-such-command' },
      { agent, requestId: '1', fingerprint: '', waitMs: 1000 },
    );
    const [outcome, pds] = await Promise.allSettled([
      bad,
      at.send('GET', `//personal-demographics/FHIR/R4/Patient/${PATIENT}`),
    ]);
    expect(outcome.status).toBe('rejected');
    expect(pds).toMatchObject({ status: 'fulfilled', value: { status: 200 } });
    await at.spine.patients.import('poison', agent, [
      { kind: 'summary-care-record', key: PATIENT, version: 9, body: '[', annex: '{"broken' },
    ]);
    const broken = await at.send('GET', bundleOf());
    expect([broken.status, json(broken).issue[0].details.coding[0].code]).toEqual([500, 'UNKNOWN_ERROR']);
    expect((await upload(at)).status).toBe(500);
    expect((await at.send('GET', `//personal-demographics/FHIR/R4/Patient/${PATIENT}`)).status).toBe(200);
    expect((await at.send('POST', '/AuditEvent', { body: alert() })).status).toBe(201);
  });
});
