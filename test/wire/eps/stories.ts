/** The lives of the published prescriptions: each of their messages has the outcome that its name tells. */
import { randomUUID } from 'node:crypto';
import * as expected from '../conformance/expect.ts';
import type { EpsPack } from '../eps-pack.ts';
import { exampleText } from '../eps-pack.ts';
import { at, textAt } from '../json.ts';
import { SUCCESS, answerTo, compared, deviating } from './answers.ts';
import type { Report } from '../report.ts';
import type { WireAnswer } from '../wire-client.ts';
import { Story, freshMessage, resourcesOf } from './replay.ts';
import type { EpsClient } from './replay.ts';
import { TALES } from './tales.ts';
import type { Chapter, Json, Tale, Told } from './tales.ts';

export interface EpsWorld {
  readonly pack: EpsPack;
  readonly client: EpsClient;
  readonly report: Report;
}

export async function checkStories({ client, pack, report }: EpsWorld): Promise<void> {
  for (const tale of TALES) await tell({ client, pack, report }, tale);
  await report.step({
    name: 'eps release of an unknown prescription',
    run: async () => {
      const story = new Story(pack, TALES[0]?.order ?? '');
      const answer = await client.eps('/Task/$release', story.release(randomUUID()));
      return [
        ...expected.status(answer, 400),
        ...compared(pack, 'eps/spec/errors/release/not-found-error.json', answer.body),
      ];
    },
  });
  await report.step({
    name: 'eps nominated release',
    run: async () => {
      const story = new Story(pack, 'primary-care/repeat-prescribing/1-Process-Request-Send-200_OK.json');
      await story.order(client);
      const wish = exampleText(pack, 'eps/spec/dispense/Nominated-Pharmacy-Request-Release-200_OK.json');
      return queueHolds(client, { wish, shortId: story.shortId });
    },
  });
}

/** The queue of a published dispenser is long after several runs: it is emptied until the prescription comes. */
async function queueHolds(
  client: EpsClient,
  { shortId, wish }: { shortId: string; wish: string },
): Promise<readonly string[]> {
  for (let poll = 1; poll <= 40; poll++) {
    const answer = await client.eps('/Task/$release', wish);
    if (answer.status !== 200) return expected.status(answer, 200);
    const count = Number(at(answer.body, 'parameter/0/resource/total') ?? 0);
    if (count > 25) return [`${count} prescriptions in one release`];
    if (answer.text.includes(shortId)) return [];
    // The queue hears of a new prescription within a moment.
    if (answer.text.includes('NO_MORE_PRESCRIPTIONS')) await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return ['never handed out'];
}

async function tell({ client, pack, report }: EpsWorld, { chapters, name, order }: Tale): Promise<void> {
  const story = new Story(pack, order);
  const told: Told = { release: '', notification: '', claim: '' };
  await report.step({
    name: `eps ${name}: order`,
    run: async () => expected.status(await story.order(client), 200),
  });
  for (const [index, chapter] of chapters.entries()) {
    await report.step({
      name: `eps ${name}: ${index + 1} ${chapter.example}`,
      ...deviating(answerOf(pack, chapter), chapter.why === undefined ? [] : [chapter.why]),
      run: () => read({ client, pack, report }, { story, chapter, told }),
    });
  }
}

/** The published answer to a chapter; '' where it is refused in a way that none shows. */
const answerOf = (pack: EpsPack, { answer, example, status }: Chapter): string =>
  answer ?? (status === undefined ? answerTo(pack, `eps/${example}`) : '');

/** Success is what every operation answers but releases and cancellations; theirs are compared where published. */
function answered(pack: EpsPack, chapter: Chapter, message: Json, answer: WireAnswer): readonly string[] {
  const path = answerOf(pack, chapter);
  const tells = message['resourceType'] === 'Parameters' || chapter.outcome !== undefined;
  return path === '' || (tells && path === SUCCESS) ? [] : compared(pack, path, answer.body);
}

async function read(
  { client, pack }: EpsWorld,
  { chapter, story, told }: { chapter: Chapter; story: Story; told: Told },
): Promise<readonly string[]> {
  const fresh = freshMessage(story.message(chapter.example));
  const message = chapter.change?.(fresh, told) ?? fresh;
  const answer = await send(client, message, told);
  const outcome = statusCode(answer);
  return [
    ...expected.status(answer, chapter.status ?? 200),
    ...answered(pack, chapter, message, answer),
    ...(chapter.outcome === undefined ? [] : expected.same(outcome, chapter.outcome)),
    ...(chapter.code === undefined
      ? []
      : expected.same(textAt(answer.body, 'issue/0/details/coding/0/code'), chapter.code)),
    ...(message['resourceType'] === 'Parameters' && answer.status === 200
      ? expected.same(at(answer.body, 'parameter/0/resource/total'), 1)
      : []),
  ];
}

/** What a cancellation was answered with. */
function statusCode(answer: WireAnswer): string {
  const [request] = resourcesOf(answer.body, 'MedicationRequest');
  return textAt(request, 'extension/0/extension/0/valueCoding/code');
}

async function send(client: EpsClient, message: Json, told: Told): Promise<WireAnswer> {
  switch (message['resourceType']) {
    case 'Parameters':
      return client.eps('/Task/$release', message);
    case 'Task':
      return client.eps('/Task', message);
    case 'Claim': {
      const answer = await client.eps('/Claim', message);
      if (answer.status === 200) told.claim = textAt(message, 'identifier/0/value');
      return answer;
    }
    default: {
      const answer = await client.eps('/$process-message', message);
      if (answer.status === 200) told.notification = textAt(message, 'identifier/value');
      return answer;
    }
  }
}
