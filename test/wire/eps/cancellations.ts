/** Cancellations with the published outcomes: answered as published, whole messages and refusals. */
import { randomUUID } from 'node:crypto';
import { publishedAnswer } from '../eps-pack.ts';
import type { WireAnswer } from '../wire-client.ts';
import { answerStep, entriesOf } from './answers.ts';
import { SENT_AS_SENT, askedBy, recast } from './recast.ts';
import { Story, freshMessage } from './replay.ts';
import type { EpsWorld } from './stories.ts';
import { CANCEL_ACUTE, parsed, text } from './tales.ts';
import type { Json } from './tales.ts';

const ACUTE = 'primary-care/acute/nominated-pharmacy/medical-prescriber';
const COMMUNITY = 'secondary-care/community/acute/nominated-pharmacy';
const ALONE = `${COMMUNITY}/health-professional`;
/** Cancelled by somebody else than who had prescribed. */
const TWO = `${COMMUNITY}/clinical-practitioner`;
const SINGLE: Scene = {
  order: `${ALONE}/1-Process-Request-Send-200_OK.json`,
  cancel: `${ALONE}/1-Process-Request-Cancel-200_OK.json`,
  before: [],
};
const SECOND: Scene = {
  example: 'bundle-error',
  order: `${TWO}/1-Process-Request-Send-200_OK.json`,
  cancel: `${TWO}/1-Process-Request-Cancel-200_OK.json`,
  before: ['cancel'],
};
/** One item of several: the rest goes to the dispenser. */
const OF_SEVERAL: Scene = {
  order: `${ACUTE}/1-Process-Request-Send-200_OK.json`,
  cancel: CANCEL_ACUTE,
  before: ['cancel', 'release'],
};
const UPDATES = 'eps/spec/errors/prescription-order-update';
const DISPENSE =
  'secondary-care/homecare/acute/nominated-pharmacy/clinical-practitioner/3-Process-Request-Dispense-200_OK.json';

export async function checkCancellations(world: EpsWorld): Promise<void> {
  const scenes: readonly (readonly [string, Scene])[] = [
    ['R-0001', { ...SINGLE, example: 'bundle-success' }],
    ['R-0002', { ...SINGLE, before: ['release'] }],
    ['R-0004', { ...SINGLE, before: ['release', 'dispense'] }],
    ['R-0006', OF_SEVERAL],
    ['R-0006', SECOND],
  ];
  for (const [code, scene] of scenes) await world.report.step(outcomeStep(world, code, scene));
  for (const code of ['R-0008', 'R-5000'] as const) await world.report.step(refusalStep(world, code));
}

interface Scene {
  /** Of the published answer; absent: the outcome's own. */
  readonly example?: string;
  readonly order: string;
  readonly cancel: string;
  /** What has happened to the prescription. */
  readonly before: readonly ('release' | 'dispense' | 'cancel')[];
}

function outcomeStep({ client, pack }: EpsWorld, code: string, { before, cancel: update, example, order }: Scene) {
  const path = `${UPDATES}/${example ?? `${code}-Cancellation`}.json`;
  const published = publishedAnswer(pack, path);
  return answerStep(pack, {
    name: `eps cancellation ${code} as in ${path.slice(UPDATES.length + 1)}`,
    published: { path, status: code === 'R-0001' ? 200 : 400 },
    why: [SENT_AS_SENT],
    run: async () => {
      const story = new Story(pack, order);
      await story.order(client);
      const cancel = (): Promise<WireAnswer> => {
        const message = story.message(update);
        return client.eps('/$process-message', freshMessage(recast(message, published)));
      };
      for (const event of before) {
        if (event === 'release')
          await client.eps('/Task/$release', askedBy(story.release(randomUUID()), dispenserIn(published)));
        if (event === 'dispense') await client.eps('/$process-message', freshMessage(story.message(DISPENSE)));
        if (event === 'cancel') await cancel();
      }
      return cancel();
    },
  });
}

/** The second of those who act is the dispenser. */
function dispenserIn(published: unknown): { organization?: Json; role?: Json } {
  const of = (type: string) =>
    entriesOf(published).flatMap(({ resource }) => (resource['resourceType'] === type ? [resource as Json] : []))[1];
  const [organization, role] = [of('Organization'), of('PractitionerRole')];
  return { ...(organization === undefined ? {} : { organization }), ...(role === undefined ? {} : { role }) };
}

function refusalStep({ client, pack }: EpsWorld, code: 'R-0008' | 'R-5000') {
  return answerStep(pack, {
    name: `eps cancellation ${code}`,
    published: { path: `${UPDATES}/${code}-Cancellation.json`, status: 400 },
    run: async () => {
      const story = new Story(pack, `${ACUTE}/1-Process-Request-Send-200_OK.json`);
      if (code === 'R-5000') await story.order(client);
      const named = code === 'R-5000' ? '9449304130' : story.nhsNumber;
      const cancel = parsed(text(story.message(CANCEL_ACUTE)).replaceAll(story.nhsNumber, named));
      return client.eps('/$process-message', freshMessage(cancel));
    },
  });
}
