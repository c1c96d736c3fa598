/** The tracker of tasks, and what trackers refuse, against the published answers. */
import * as expected from '../conformance/expect.ts';
import { publishedAnswer } from '../eps-pack.ts';
import { at, textAt } from '../json.ts';
import { answerStep } from './answers.ts';
import { HEADERS, TRACKER } from './clinical-views.ts';
import { Life, freshNhsNumber, ofType } from './life.ts';
import type { EpsWorld } from './stories.ts';
import type { Json } from './tales.ts';

const TASK = 'eps/spec/errors/task/success.json';

export async function checkTrackers(world: EpsWorld): Promise<void> {
  await checkTasks(world);
  await checkRefusals(world);
}

async function checkTasks({ client, pack, report }: EpsWorld): Promise<void> {
  const [published] = ofType(publishedAnswer(pack, TASK), 'Task');
  const life = new Life(pack, client, {
    nhsNumber: freshNhsNumber(),
    requests: [{ dispenseRequest: { quantity: {} } }],
    prescriber: textAt(published, 'requester/identifier/value'),
    organization: { name: textAt(published, 'requester/display') },
    nominee: 'VNE51',
    repeat: true,
  });
  const id = encodeURIComponent(life.story.shortId);
  await report.step(
    answerStep(pack, {
      name: 'eps GET Task',
      published: { path: TASK, status: 200 },
      run: async () => {
        await life.order();
        const owner = textAt(published, 'owner/identifier/value');
        await life.release(owner, { name: textAt(published, 'owner/display') });
        await life.dispense([PARTLY], { ods: owner, status: '0003' });
        return client.find(`/Task?focus:identifier=${id}`);
      },
    }),
  );
  await report.step({
    name: 'eps GET Task of a patient',
    run: async () => {
      const { nhsNumber } = life.story;
      const answer = await client.find(`/Task?patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`);
      const [task] = ofType(answer.body, 'Task');
      return [
        ...expected.status(answer, 200),
        ...expected.same(textAt(task, 'focus/identifier/value'), life.story.shortId),
        ...expected.same(at(answer.body, 'total'), 1),
      ];
    },
  });
}

const PARTLY: Json = {
  type: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/medicationdispense-type', code: '0003' }] },
};

async function checkRefusals({ client, pack, report }: EpsWorld): Promise<void> {
  const look = (path: string) => () => client.send('GET', path, undefined, HEADERS);
  await report.step(
    answerStep(pack, {
      name: 'eps GET Task without parameters',
      published: { path: 'eps/spec/errors/task/query-error.json', status: 400 },
      run: () => client.find('/Task'),
    }),
  );
  await report.step(
    answerStep(pack, {
      name: 'cpt unknown issue',
      published: { path: 'cpt/errors/404_NotFound.json', status: 404 },
      run: look(`${TRACKER}/24F5DA-A83008-7EFE6Z?issueNumber=99`),
    }),
  );
  await report.step(
    answerStep(pack, {
      name: 'cpt search without parameters',
      published: { path: 'cpt/errors/400_BadRequest.json', status: 400 },
      run: look(TRACKER),
    }),
  );
}
