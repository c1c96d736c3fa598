/** A summary through the whole of a started Spine: stored, kill -9, read again, also where it lies outside the row. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { summary } from '../domain/scr/summaries.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const BASE = '/summary-care-record/FHIR/R4';

test('SCR-U14 large and small summaries are there after kill -9', async () => {
  const spine = await SpawnedSpine.start();
  const texts = new Map([
    ['9000000009', 'é🙂'.repeat(200_000)],
    ['9000000025', 'short'],
  ]);
  const idOf = (nhsNumber: string): string => `0A1B2C3D-0000-4000-8000-00${nhsNumber}`;
  for (const [nhsNumber, text] of texts) {
    const { bundle, get } = summary(idOf(nhsNumber), nhsNumber);
    get('Composition').section[0].text.div = `<div>${text}</div>`;
    const headers = { 'Content-Type': 'application/fhir+json', 'X-Request-ID': randomUUID() };
    const stored = await fetch(`${spine.url}${BASE}/Bundle`, { method: 'POST', headers, body: JSON.stringify(bundle) });
    expect([nhsNumber, stored.status]).toEqual([nhsNumber, 201]);
  }
  await spine.kill();
  const again = await spine.restart();
  for (const [nhsNumber, text] of texts) {
    const patient = `https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`;
    const query = `composition.identifier=${idOf(nhsNumber)}&composition.subject:Patient.identifier=${patient}`;
    const read = await fetch(`${again.url}${BASE}/Bundle?${query}`);
    expect([read.status, (await read.text()).includes(text)]).toEqual([200, true]);
  }
  await again.close();
  await SpawnedSpine.remove(spine.data);
});
