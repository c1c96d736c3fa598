/** The published status updates, each under an id of its own in every run. */
import { randomUUID } from 'node:crypto';
import * as expected from '../conformance/expect.ts';
import { exampleText } from '../eps-pack.ts';
import { listAt, textAt } from '../json.ts';
import { answerStep, compared } from './answers.ts';
import { freshNhsNumber } from './life.ts';
import type { EpsWorld } from './stories.ts';

const PATH = '/prescription-status-update/';

export async function checkStatusUpdates({ client, pack, report }: EpsWorld): Promise<void> {
  const example = (name: string): string => exampleText(pack, `psu/${name}.json`);
  const fresh = (name: string): string => {
    const ids = new Set([...example(name).matchAll(/urn:uuid:([0-9a-f-]{36})/g)].map(([, id]) => id ?? ''));
    return [...ids].reduce((text, id) => text.replaceAll(id, randomUUID()), example(name));
  };

  for (const name of [
    'request-dispatched',
    'request-erd-dispatched',
    'request-ready-to-collect',
    'request-multiple-items',
  ]) {
    await report.step({
      name: `psu ${name}`,
      run: async () => {
        const body = fresh(name);
        const answer = await client.send('POST', PATH, body);
        const again = await client.send('POST', PATH, body);
        const published = name.includes('multiple') ? 'response-multiple-items' : 'response-single-item';
        return [
          ...expected.status(answer, 201),
          ...compared(pack, `psu/${published}.json`, answer.body),
          ...expected.status(again, 409),
          ...expected.same(textAt(again.body, 'entry/0/response/status'), '409 Conflict'),
        ];
      },
    });
  }
  await report.step({
    name: 'psu missing fields',
    run: async () => {
      const answer = await client.send('POST', PATH, example('request-missing-fields'));
      return [
        ...expected.status(answer, 400),
        ...expected.same(
          textAt(answer.body, 'entry/0/response/outcome/issue/0/diagnostics'),
          'Missing required field(s) - PharmacyODSCode, TaskID.',
        ),
      ];
    },
  });
  await report.step({
    name: 'psu invalid prescription id, nothing committed',
    run: async () => {
      const body = fresh('request-multiple-items').replace('480720-A83008-57FF06', '480720-A83008-57FF07');
      const answer = await client.send('POST', PATH, body);
      const [good, bad] = listAt(answer.body, 'entry');
      return [
        ...expected.status(answer, 400),
        ...expected.same(textAt(good, 'response/status'), '200 OK'),
        ...expected.same(textAt(bad, 'response/status'), '400 Bad Request'),
      ];
    },
  });
  await report.step({
    name: 'cpsu format 1',
    exception: 'two items of the published message are one: they become one item and another of an id of its own',
    run: async () => {
      const message = JSON.parse(example('format-1-request-multiple-items')) as { items: { itemID: string }[] };
      for (const item of message.items) item.itemID = randomUUID();
      const answer = await client.send('POST', '/custom-prescription-status-update/format-1', message);
      return [
        ...expected.status(answer, 201),
        ...expected.same(
          listAt(answer.body, 'entry').map((entry) => textAt(entry, 'response/status')),
          ['201 Created', '201 Created', '201 Created'],
        ),
      ];
    },
  });
  await report.step(
    answerStep(pack, {
      name: 'psu invalid prescription id',
      published: { path: 'psu/error-invalid-prescriptionid.json', status: 400 },
      run: () =>
        client.send('POST', PATH, fresh('request-dispatched').replace('07A66F-A83008-1EEEA0', '07A66F-A83008-1EEEA1')),
    }),
  );
  await report.step(
    answerStep(pack, {
      name: 'psu look at what has arrived',
      published: { path: 'psu/response-checkprescriptionstatusupdates.json', status: 200 },
      run: async () => {
        const nhsNumber = freshNhsNumber();
        const update = fresh('request-dispatched')
          .replace('"Dispatched"', '"dispatched"')
          .replace('9449304130', nhsNumber);
        await client.send('POST', PATH, update);
        return client.send('GET', `${PATH}checkprescriptionstatusupdates?nhsnumber=${nhsNumber}`);
      },
    }),
  );
}
