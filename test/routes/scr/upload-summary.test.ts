import { describe, expect, test } from 'vitest';
import { textOf } from '../../support/record-spine.ts';
import { enforced, signer } from '../support.ts';
import { PATIENT, summary } from '../../domain/scr/summaries.ts';
import { ID, bundleOf, house, json, permit, upload } from './requests.ts';

describe('upload', () => {
  test('SCR-U10 201 without a body', async () => {
    const answer = await upload(house());
    expect([answer.status, answer.text]).toEqual([201, '']);
  });

  test('SCR-U11 a replacement becomes the latest, the old id reads as nothing', async () => {
    const at = house();
    await upload(at);
    const NEW = ID.replace(/1$/, '2');
    expect((await upload(at, NEW, { relatesTo: [{ code: 'replaces', targetIdentifier: { value: ID } }] })).status).toBe(
      201,
    );
    expect(json(await at.send('GET', bundleOf())).total).toBe(0);
    const { entry } = json(await at.send('GET', bundleOf(NEW)));
    expect(entry[0].resource.relatesTo).toEqual([{ code: 'replaces', targetIdentifier: { value: ID } }]);
  });

  test('SCR-U12 an id that was here before is refused, also when another came after it', async () => {
    const at = house();
    await upload(at);
    await upload(at, ID.replace(/1$/, '2'));
    const again = await upload(at);
    expect([again.status, textOf(again)]).toEqual([
      400,
      `[PSIS-30134] - Duplicate event with eventId ${ID} and nhsNumber ${PATIENT}.`,
    ]);
  });

  test('SCR-U13 the same request again is answered again; its id with another request is refused', async () => {
    const at = house();
    const headers = { 'X-Request-ID': '11111111-2222-4333-8444-555555555555' };
    const body = summary().bundle;
    for (let i = 0; i < 2; i++) expect((await at.send('POST', '/Bundle', { body, headers })).status).toBe(201);
    const other = { body: summary(ID.replace(/1$/, '7')).bundle, headers };
    expect((await at.send('POST', '/Bundle', other)).status).toBe(201);
    const keys = await signer('ES256');
    at.settings = enforced(keys.keySet);
    const Authorization = `Bearer ${await keys.sign({ scope: 'urn:nhsd:apim:app:level3:summary-care-record' })}`;
    const sent = async (last: string) =>
      at.send('POST', '/Bundle', {
        body: summary(ID.replace(/1$/, last)).bundle,
        headers: { ...headers, Authorization },
      });
    expect([(await sent('8')).status, (await sent('8')).status]).toEqual([201, 201]);
    const refused = await sent('9');
    expect([refused.status, textOf(refused)]).toEqual([400, 'The X-Request-ID was used for another request']);
  });

  test('SCR-U14 a large narrative lies outside the row and comes back whole', async () => {
    const at = house();
    const sent = summary();
    const text = '🙂é'.repeat(150_000);
    sent.get('Composition').section[0].text.div = `<div>${text}</div>`;
    expect((await at.send('POST', '/Bundle', { body: sent.bundle })).status).toBe(201);
    expect(at.spine.outside.size).toBe(1);
    const [row] = at.spine
      .engine(PATIENT)
      .changes(0, 10)
      .filter(({ kind }) => kind === 'summary-care-record');
    expect((row?.body.length ?? 0) + (row?.annex.length ?? 0)).toBeLessThan(1_000);
    expect(json(await at.send('GET', bundleOf())).entry[0].resource.section[0].text.div).toContain(text);
  });

  test('SCR-U14 nothing of a patient who refuses is put outside; more than 5 MB is refused', async () => {
    const at = house();
    await at.send('POST', '/$setPermission', { body: permit('No') });
    const sent = summary();
    sent.get('Composition').section[0].text.div = `<div>${'x'.repeat(300_000)}</div>`;
    expect((await at.send('POST', '/Bundle', { body: sent.bundle })).status).toBe(403);
    expect(at.spine.outside.size).toBe(0);
    expect((await at.send('POST', '/Bundle', { body: `"${'x'.repeat(5_300_000)}"` })).status).toBe(413);
  });

  test('SCR-U02 what is no JSON is refused', async () => {
    const answer = await house().send('POST', '/Bundle', { body: '{' });
    expect([answer.status, textOf(answer)]).toEqual([400, 'Failed to parse JSON encoded FHIR content']);
  });
});
