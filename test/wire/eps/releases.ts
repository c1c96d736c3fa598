/** Releases as published: what is handed out, what fails, who has it already, and what is said of signatures. */
import { randomUUID } from 'node:crypto';
import * as expected from '../conformance/expect.ts';
import { exampleText, publishedAnswer } from '../eps-pack.ts';
import { at, isObject, listAt, textAt } from '../json.ts';
import type { WireAnswer } from '../wire-client.ts';
import { answerStep, entriesOf } from './answers.ts';
import { SENT_AS_SENT, askedBy } from './recast.ts';
import { Story, freshMessage } from './replay.ts';
import type { EpsWorld } from './stories.ts';
import { parsed, text } from './tales.ts';
import type { Json } from './tales.ts';

const ACUTE = 'primary-care/acute/nominated-pharmacy/medical-prescriber/1-Process-Request-Send-200_OK.json';
const RELEASE = 'eps/spec/dispensing/release';
const DISPENSING = 'https://fhir.nhs.uk/StructureDefinition/Extension-EPS-DispensingInformation';
const FROM_ANSWER = 'the order is made of the published answer, there is none to it';

export async function checkReleases(world: EpsWorld): Promise<void> {
  await world.report.step(passedAndFailed(world));
  await world.report.step(repeatDispensing(world));
  await world.report.step(sandbox(world));
  await world.report.step(withAnother(world));
  await world.report.step(twoFaults(world));
  await world.report.step({ name: 'eps signature.json in an order', run: () => strangeSignature(world) });
}

const CANCEL =
  'primary-care/acute/nominated-pharmacy/medical-prescriber/cancellations/2-Process-Request-Cancel-200_OK.json';

/** Both wait at one dispenser: one release hands out the one, of which an item was cancelled, and returns the other. */
function passedAndFailed({ client, pack }: EpsWorld) {
  const path = `${RELEASE}/acute-primary-example-res.json`;
  const failed = at(publishedAnswer(pack, path), 'parameter/1/resource/entry/1/resource');
  return answerStep(pack, {
    name: 'eps release, one passed, one failed',
    published: { path, status: 200 },
    why: [`failed: ${FROM_ANSWER}`],
    run: async () => {
      let answer = await bothWaiting({ client, pack }, failed, 1500);
      // The queue hears of each prescription within a moment, of the second perhaps a moment later.
      for (let again = 1; again <= 3 && !isBoth(answer); again++)
        answer = await bothWaiting({ client, pack }, failed, 3000 * again);
      return answer;
    },
  });
}

const isBoth = ({ body }: WireAnswer): boolean =>
  at(body, 'parameter/0/resource/total') === 1 && at(body, 'parameter/1/resource/total') === 2;

/** Two prescriptions for a dispenser of their own, and what it is handed a while later. */
async function bothWaiting(
  { client, pack }: Pick<EpsWorld, 'client' | 'pack'>,
  failed: unknown,
  waitMs: number,
): Promise<WireAnswer> {
  const nominee = `Z${randomUUID().slice(0, 5).toUpperCase()}`;
  const good = new Story(pack, parsed(exampleText(pack, `eps/${ACUTE}`).replaceAll('FA565', nominee)));
  await good.order(client);
  await client.eps('/$process-message', freshMessage(good.message(CANCEL)));
  await new Story(pack, parsed(text(orderOf(failed)).replaceAll('FCG75', nominee))).orderUnsigned(client);
  const wish = exampleText(pack, 'eps/spec/dispensing/release/acute-primary-example-req.json');
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  const answer = await client.eps('/Task/$release', withoutId(parsed(wish.replaceAll('VNE51', nominee))));
  return { ...answer, body: JSON.parse(answer.text.replaceAll(nominee, 'VNE51')) as Json };
}

const withoutId = (release: Json): Json => ({
  ...release,
  parameter: listAt(release, 'parameter').filter((one) => textAt(one, 'name') !== 'group-identifier'),
});

function repeatDispensing({ client, pack }: EpsWorld) {
  return answerStep(pack, {
    name: 'eps release, as published for repeat dispensing',
    published: { path: `${RELEASE}/eRD-primary-example-res.json`, status: 200 },
    why: ['it is published for repeat dispensing, but tells of the acute prescription: that one is released'],
    run: async () => {
      const story = new Story(pack, parsed(exampleText(pack, `eps/${ACUTE}`).replaceAll('FA565', 'VNE51')));
      await story.order(client);
      await client.eps('/$process-message', freshMessage(story.message(CANCEL)));
      return client.eps('/Task/$release', story.message('spec/dispensing/release/eRD-primary-example-req.json'));
    },
  });
}

function sandbox({ client, pack }: EpsWorld) {
  const path = 'eps/sandbox/Release-Response-200_OK.json';
  const passed = at(publishedAnswer(pack, path), 'parameter/0/resource/entry/0/resource');
  return answerStep(pack, {
    name: 'eps release, as in the sandbox',
    published: { path, status: 200 },
    why: [FROM_ANSWER],
    run: async () => {
      const story = new Story(pack, spuriousOnRole(orderOf(passed)));
      await story.order(client);
      return client.eps('/Task/$release', story.release(randomUUID()));
    },
  });
}

const SPURIOUS = 'https://fhir.hl7.org.uk/Id/nhsbsa-spurious-code';

/** A prescribing code that is not a profession's belongs to the role; the sandbox has it with the person. */
function spuriousOnRole(order: Json): Json {
  const codes = new Map<string, unknown>();
  for (const { fullUrl, resource } of entriesOf(order))
    if (textAt(resource, 'identifier/0/system') === SPURIOUS) codes.set(fullUrl, at(resource, 'identifier/0'));
  const entry = listAt(order, 'entry').map((one) => {
    const resource = at(one, 'resource') as Json;
    const code = codes.get(textAt(resource, 'practitioner/reference'));
    if (code === undefined) return one;
    return { ...(one as Json), resource: { ...resource, identifier: [...listAt(resource, 'identifier'), code] } };
  });
  return { ...order, entry };
}

/** The order that a published release hands out: what the service added is taken away again. */
function orderOf(released: unknown): Json {
  const entry = listAt(released, 'entry').map((one) => {
    const resource = isObject(one) && isObject(one['resource']) ? one['resource'] : {};
    if (resource['resourceType'] === 'MessageHeader') {
      const { extension: _extension, response: _response, ...kept } = resource;
      return { ...(one as Json), resource: kept };
    }
    if (resource['resourceType'] !== 'MedicationRequest') return one;
    const extension = listAt(resource, 'extension').filter((each) => textAt(each, 'url') !== DISPENSING);
    return { ...(one as Json), resource: { ...resource, extension } };
  });
  return { ...(released as Json), entry };
}

function withAnother({ client, pack }: EpsWorld) {
  const path = 'eps/spec/errors/release/with-another-dispenser-error.json';
  const { id: _id, ...organization } = at(publishedAnswer(pack, path), 'contained/0') as Json;
  return answerStep(pack, {
    name: 'eps release of what another dispenser has',
    published: { path, status: 400 },
    why: [SENT_AS_SENT],
    run: async () => {
      const story = new Story(pack, ACUTE);
      await story.order(client);
      await client.eps('/Task/$release', askedBy(story.release(randomUUID()), { organization }));
      return client.eps('/Task/$release', story.release(randomUUID()));
    },
  });
}

/** Another prescription than was signed, and another signature than was made. */
function twoFaults({ client, pack }: EpsWorld) {
  return answerStep(pack, {
    name: 'eps verify a signature of something else',
    published: { path: 'eps/sandbox/VerifySignature-Response-200_OK.json', status: 200 },
    run: async () => {
      const story = new Story(pack, ACUTE);
      await story.order(client);
      const other = text(story.sent as Json).replace('TWITCHETT', 'TWITCHET');
      const data = /"data":"([^"]+)"/.exec(other)?.[1] ?? '';
      const document = Buffer.from(data, 'base64').toString();
      const broken = document.replace(
        /<SignatureValue>(.)/,
        (_all: string, first: string) => `<SignatureValue>${first === 'A' ? 'B' : 'A'}`,
      );
      return client.eps('/$verify-signature', other.replace(data, Buffer.from(broken).toString('base64')));
    },
  });
}

async function strangeSignature({ client, pack }: EpsWorld): Promise<readonly string[]> {
  const story = new Story(pack, ACUTE);
  await story.order(client);
  const { data } = JSON.parse(exampleText(pack, 'eps/signature.json')) as { data: string };
  const other = text(story.sent as Json).replace(/"data":"[^"]+"/, `"data":"${data}"`);
  const answer = await client.eps('/$verify-signature', other);
  const issues = listAt(answer.body, 'parameter/0/part/1/resource/issue');
  const told = issues.map((issue) => textAt(issue, 'details/coding/0/display'));
  return [
    ...expected.status(answer, 200),
    ...expected.that(told.includes("Signature doesn't match prescription."), told.join(' ')),
    ...expected.that(told.includes('Certificate not trusted.'), told.join(' ')),
  ];
}
