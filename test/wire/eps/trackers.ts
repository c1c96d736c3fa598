/** The trackers against the published answers: the same shape, and the facts of a story. */
import * as expected from '../conformance/expect.ts';
import { exampleText } from '../eps-pack.ts';
import { at, isObject, listAt, textAt, without } from '../json.ts';
import { Story, resourcesOf } from './replay.ts';
import type { EpsWorld } from './stories.ts';

const ACUTE = 'primary-care/acute/nominated-pharmacy/medical-prescriber';
const HOMECARE = 'secondary-care/homecare/acute/nominated-pharmacy/clinical-practitioner';
const HEADERS = {
  'nhsd-organization-uuid': 'A83008',
  'nhsd-session-urid': '555254240100',
  'nhsd-session-jobrole': 'S8000:G8000:R8000',
};

/** Paths of all members, lists without their positions. */
function paths(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => paths(item, path));
  if (!isObject(value)) return [path];
  return Object.entries(value).flatMap(([name, item]) => paths(item, `${path}/${name}`));
}

/** Members of the published answer that ours does not have. */
function lacks(actual: unknown, published: unknown): readonly string[] {
  const known = new Set(paths(actual));
  return [...new Set(paths(published))].filter((path) => !known.has(path)).map((path) => `without ${path}`);
}

const VIEWS = [
  ['created', '200_AcuteWithSingleItem_Created'],
  ['cancelled', '200_AcuteWithMultipleItems_CancelledWithReason'],
  ['partially dispensed', '200_AcuteWithMultipleItems_PartiallyDispensed'],
  ['pending', '200_AcuteWithMultipleItems_PendingCancellationWithReason'],
] as const;

/** A prescription brought into the state that a published view shows. */
async function viewOf({ client, pack }: EpsWorld, state: (typeof VIEWS)[number][0]) {
  const story = new Story(pack, `${ACUTE}/1-Process-Request-Send-200_OK.json`);
  await story.order(client);
  const fresh = (message: Record<string, unknown>) => ({ ...message, identifier: { value: crypto.randomUUID() } });
  const cancel = fresh(story.message(`${ACUTE}/cancellations/2-Process-Request-Cancel-200_OK.json`));
  if (state === 'cancelled' || state === 'partially dispensed') await client.eps('/$process-message', cancel);
  if (state === 'pending' || state === 'partially dispensed')
    await client.eps('/Task/$release', story.release(crypto.randomUUID()));
  if (state === 'pending') await client.eps('/$process-message', cancel);
  if (state === 'partially dispensed') {
    const path = 'spec/dispensing/dispense-notification/acute-primary-example-01-req.json';
    await client.eps('/$process-message', fresh(story.message(path)));
  }
  const id = encodeURIComponent(story.shortId);
  return client.send('GET', `/clinical-prescription-tracker/RequestGroup/${id}?issueNumber=1`, undefined, HEADERS);
}

export async function checkTrackers({ client, pack, report }: EpsWorld): Promise<void> {
  const published = (path: string): unknown => JSON.parse(exampleText(pack, path));
  const told = async (): Promise<Story> => {
    const story = new Story(pack, `${HOMECARE}/3-Process-Request-Send-200_OK.json`);
    await story.order(client);
    await client.eps('/Task/$release', story.message(`${HOMECARE}/3-Task-Request-Release-200_OK.json`));
    const dispense = story.message(`${HOMECARE}/3-Process-Request-Dispense-200_OK.json`);
    await client.eps('/$process-message', { ...dispense, identifier: { value: crypto.randomUUID() } });
    return story;
  };
  const story = await told();
  const id = encodeURIComponent(story.shortId);

  await report.step({
    name: 'eps GET Task',
    exception: 'the published task has another identifier system for items than the live tracker',
    run: async () => {
      const [byId, byPatient] = [
        await client.find(`/Task?focus:identifier=${id}`),
        await client.find(`/Task?patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${story.nhsNumber}`),
      ];
      const [task] = resourcesOf(byId.body, 'Task');
      const example = resourcesOf(published('eps/spec/errors/task/success.json'), 'Task')[0];
      const names = (value: unknown) => Object.keys((value ?? {}) as object).sort();
      return [
        ...expected.status(byId, 200),
        ...expected.same(names(task), names(example)),
        ...expected.same(textAt(task, 'status'), 'in-progress'),
        ...expected.same(textAt(task, 'businessStatus/coding/0/code'), '0003'),
        ...expected.that(byPatient.text.includes(story.shortId), 'not among the prescriptions of the patient'),
      ];
    },
  });
  await report.step({
    name: 'eps GET Task without parameters',
    exception: 'the live text lists three parameters, the published example two',
    run: async () => {
      const answer = await client.find('/Task');
      return [
        ...expected.status(answer, 400),
        ...expected.same(
          textAt(answer.body, 'issue/0/diagnostics'),
          'At least one of the following query parameters must be provided: focus:identifier, identifier, patient:identifier.',
        ),
      ];
    },
  });

  await report.step({
    name: 'cpt search, acute',
    run: async () => {
      const answer = await client.send(
        'GET',
        `/clinical-prescription-tracker/RequestGroup?prescriptionId=${id}`,
        undefined,
        HEADERS,
      );
      return [
        ...expected.status(answer, 200),
        ...lacks(answer.body, published('cpt/prescriptionSearch/200_WithSingleAcute.json')),
        ...lacks(published('cpt/prescriptionSearch/200_WithSingleAcute.json'), answer.body),
      ];
    },
  });
  await report.step({
    name: 'cpt search, repeat dispensing',
    run: async () => {
      const repeat = new Story(pack, 'spec/prescribing/prescription-order/eRD-primary-example-req.json');
      await repeat.order(client);
      const answer = await client.send(
        'GET',
        `/clinical-prescription-tracker/RequestGroup?prescriptionId=${encodeURIComponent(repeat.shortId.toLowerCase())}`,
        undefined,
        HEADERS,
      );
      const groups = resourcesOf(answer.body, 'RequestGroup');
      const statuses = groups.map((group) => textAt(group, 'extension/0/extension/0/valueCoding/code'));
      return [
        ...expected.same(at(answer.body, 'total'), groups.length),
        ...expected.same(statuses, ['0001', ...Array.from({ length: groups.length - 1 }, () => '9000')]),
        ...lacks(answer.body, published('cpt/prescriptionSearch/200_With7InstanceErd.json')),
      ];
    },
  });
  await report.step({
    name: 'cpt search, nothing',
    run: async () => {
      const answer = await client.send(
        'GET',
        '/clinical-prescription-tracker/RequestGroup?nhsNumber=9999999999',
        undefined,
        HEADERS,
      );
      return [
        ...expected.status(answer, 200),
        ...expected.same(answer.body, published('cpt/prescriptionSearch/200_NoResults.json')),
      ];
    },
  });
  await report.step({
    name: 'cpt detail, dispensed',
    run: async () => {
      const answer = await client.send(
        'GET',
        `/clinical-prescription-tracker/RequestGroup/${id}?issueNumber=1`,
        undefined,
        HEADERS,
      );
      const types = listAt(answer.body, 'entry').map((entry) => textAt(entry, 'resource/resourceType'));
      return [
        ...expected.status(answer, 200),
        ...expected.same(
          types,
          listAt(published('cpt/clinicalView/200_AcuteWithSingleItem_Dispensed.json'), 'entry').map((entry) =>
            textAt(entry, 'resource/resourceType'),
          ),
        ),
        ...lacks(answer.body, published('cpt/clinicalView/200_AcuteWithSingleItem_Dispensed.json')).filter(
          // Told only where the order tells it.
          (line) => !/\/address\//.test(line),
        ),
      ];
    },
  });
  await report.step({
    name: 'cpt pending cancellation',
    run: async () => {
      const pending = new Story(pack, `${ACUTE}/1-Process-Request-Send-200_OK.json`);
      await pending.order(client);
      await client.eps('/Task/$release', pending.message(`${ACUTE}/1-Task-Request-Release-200_OK.json`));
      const cancel = pending.message(`${ACUTE}/cancellations/2-Process-Request-Cancel-200_OK.json`);
      await client.eps('/$process-message', { ...cancel, identifier: { value: crypto.randomUUID() } });
      const answer = await client.send(
        'GET',
        `/clinical-prescription-tracker/RequestGroup/${encodeURIComponent(pending.shortId)}?issueNumber=1`,
        undefined,
        HEADERS,
      );
      const marked = resourcesOf(answer.body, 'MedicationRequest').filter((request) =>
        JSON.stringify(request).includes('"lineItemPendingCancellation","valueBoolean":true'),
      );
      return [
        ...expected.same(marked.length, 1),
        ...expected.that(answer.text.includes('Marked for cancellation'), 'the history does not tell of it'),
        ...expected.that(textAt(marked[0], 'statusReason/coding/0/code') !== '', 'no reason'),
      ];
    },
  });
  for (const [name, example] of VIEWS) {
    await report.step({
      name: `cpt ${name}`,
      run: async () => {
        const seen = await viewOf({ client, pack, report }, name);
        const published_ = published(`cpt/clinicalView/${example}.json`);
        return [
          ...expected.status(seen, 200),
          ...lacks(seen.body, published_).filter((line) => !/\/address\/|\/name\/suffix/.test(line)),
        ];
      },
    });
  }
  await report.step({
    name: 'cpt errors',
    run: async () => {
      const path = '/clinical-prescription-tracker/RequestGroup';
      const unknown = await client.send('GET', `${path}/24F5DA-A83008-7EFE6Z?issueNumber=99`, undefined, HEADERS);
      const bare = await client.send('GET', path, undefined, HEADERS);
      const text = ['lastUpdated', 'diagnostics'];
      return [
        ...expected.status(unknown, 404),
        ...expected.same(without(unknown.body, text), without(published('cpt/errors/404_NotFound.json'), text)),
        ...expected.same(textAt(unknown.body, 'issue/0/diagnostics'), 'Prescription not found'),
        ...expected.status(bare, 400),
        ...expected.same(without(bare.body, text), without(published('cpt/errors/400_BadRequest.json'), text)),
      ];
    },
  });

  await report.step({
    name: 'pfp empty',
    run: async () => {
      const answer = await client.send('GET', '/prescriptions-for-patients/Bundle', undefined, {
        'nhsd-nhslogin-user': 'P9:9999999999',
      });
      const names = ['id', 'lastUpdated'];
      return [
        ...expected.status(answer, 200),
        ...expected.same(without(answer.body, names), without(published('pfp/success/success-empty.json'), names)),
      ];
    },
  });
  await report.step({
    name: 'pfp prescriptions',
    exception: 'address.text and type are told only where the organisation sent them',
    run: async () => {
      const answer = await client.send('GET', '/prescriptions-for-patients-v2/Bundle', undefined, {
        'nhsd-nhslogin-user': `P9:${story.nhsNumber}`,
      });
      const missing = lacks(answer.body, published('pfp/success/success.json'));
      return [...expected.status(answer, 200), ...missing.filter((line) => !/address\/(text|type)$/.test(line))];
    },
  });
  await report.step({
    name: 'pfp cancelled',
    run: async () => {
      const cancelled = new Story(pack, `${ACUTE}/cancellations/1-Process-Request-Send-200_OK.json`);
      await cancelled.order(client);
      const cancel = cancelled.message(`${ACUTE}/cancellations/1-Process-Request-Cancel-200_OK.json`);
      await client.eps('/$process-message', { ...cancel, identifier: { value: crypto.randomUUID() } });
      const answer = await client.send('GET', '/prescriptions-for-patients/Bundle', undefined, {
        'nhsd-nhslogin-user': `P9:${cancelled.nhsNumber}`,
      });
      const collection = listAt(answer.body, 'entry').find((one) => JSON.stringify(one).includes(cancelled.shortId));
      const [request] = resourcesOf(at(collection, 'resource'), 'MedicationRequest');
      return [
        ...expected.same(textAt(request, 'status'), 'cancelled'),
        ...expected.same(textAt(request, 'extension/0/extension/1/valueCoding/code'), 'Prescriber Cancelled'),
      ];
    },
  });
  await report.step({
    name: 'pfp without a user',
    run: async () => {
      const answer = await client.send('GET', '/prescriptions-for-patients/Bundle');
      return [...expected.status(answer, 401), ...expected.same(answer.body, published('pfp/error/error-401.json'))];
    },
  });
}
