/**
 * Holds a running server against the prescription service's part of a specification pack. Published orders have expired
 * and are signed with certificates that nobody trusts, so every story is told anew: fresh ids, dates of today, signed
 * with the certificate of the pack.
 */
import { createHash, randomUUID } from 'node:crypto';
import { prescriptionFragments } from '../../src/domain/eps/wire/prescription-fragments.ts';
import { parseLossless } from '../../src/fhir/lossless-json.ts';
import * as expected from './conformance/expect.ts';
import { checkStatusUpdates } from './eps/status-updates.ts';
import { EpsClient, Story, resourcesOf } from './eps/replay.ts';
import { checkClinicalViews } from './eps/clinical-views.ts';
import { LEFT_OUT } from './eps/left-out.ts';
import { checkCancellations } from './eps/cancellations.ts';
import { checkPatientViews } from './eps/patient-views.ts';
import { checkReleases } from './eps/releases.ts';
import { checkStories } from './eps/stories.ts';
import type { EpsWorld } from './eps/stories.ts';
import { checkTrackers } from './eps/trackers.ts';
import { checkTrials } from './eps/trials.ts';
import { digestVectors, examplePaths, exampleText, loadEpsPack, publishedAnswer, readEpsPack } from './eps-pack.ts';
import { answerStep, answerTo, compared, deviating } from './eps/answers.ts';
import type { EpsPack } from './eps-pack.ts';
import { at, listAt, textAt, without } from './json.ts';
import type { WireOptions } from './options.ts';
import type { Report } from './report.ts';

export async function epsConformance(specs: string, options: WireOptions, report: Report): Promise<void> {
  const pack = readEpsPack(specs);
  if (pack === null) return;
  await loadEpsPack(pack, options);
  const client = new EpsClient(options.target);
  await checkDigests(pack, client, report);
  await checkPreparations(pack, client, report);
  await checkOrders(pack, client, report);
  await checkVerification(pack, client, report);
  const world = { pack, client, report };
  await checkStories(world);
  await checkCancellations(world);
  await checkReleases(world);
  await checkStatusUpdates(world);
  await checkTrackers(world);
  await checkTrials(world);
  await checkClinicalViews(world);
  await checkPatientViews(world);
  await checkLedger(world);
}

/** Every file of the folder is sent, compared or named. */
async function checkLedger({ pack, report }: EpsWorld): Promise<void> {
  const paths = examplePaths(pack, '');
  for (const { path, reason } of LEFT_OUT) {
    pack.ledger.named(path, reason);
    report.skip(`eps example ${path}`, reason);
  }
  await report.step({
    name: `eps every example: ${paths.length} files, ${pack.ledger.tally()}`,
    run: async () => pack.ledger.open(paths),
  });
}

/** Every canonical text byte for byte, and its digest as the server makes it for an order signed at the vector's time. */
async function checkDigests(pack: EpsPack, client: EpsClient, report: Report): Promise<void> {
  for (const { digestValue, fragmentsToBeHashed, request, timestamp } of digestVectors(pack)) {
    await report.step({
      name: `eps digest ${request}`,
      run: async () => {
        const bundle = parseLossless(exampleText(pack, `eps/${request}`));
        const fragments = prescriptionFragments(bundle, { now: Date.parse(timestamp) });
        const text = fragments.kind === 'fragments' ? fragments.text : '';
        const answer = await client.eps('/$prepare', signedAt(exampleText(pack, `eps/${request}`), timestamp));
        const [digest = '', when = ''] = listAt(answer.body, 'parameter').map((one) => textAt(one, 'valueString'));
        const told = /<DigestValue>([^<]+)</.exec(Buffer.from(digest, 'base64').toString())?.[1];
        return [
          ...expected.same(text, fragmentsToBeHashed),
          ...expected.same(createHash('sha256').update(text).digest('base64'), digestValue),
          ...expected.status(answer, 200),
          ...expected.same(told, digestValue),
          ...expected.same(when, timestamp),
        ];
      },
    });
  }
}

/** What `$prepare` answers to an order signed at the published time is the published answer, letter for letter. */
async function checkPreparations(pack: EpsPack, client: EpsClient, report: Report): Promise<void> {
  for (const path of examplePaths(pack, 'eps').filter((one) => /Prepare-Response|spec\/prepare\/.*-res\./.test(one))) {
    const answer: unknown = publishedAnswer(pack, path);
    await report.step({
      name: `eps prepare ${path}`,
      ...deviating(path),
      run: async () => {
        const text = exampleText(pack, path.replace('-Response', '-Request').replace('-res.', '-req.'));
        const told = await client.eps('/$prepare', signedAt(text, textAt(answer, 'parameter/1/valueString')));
        const stale = textAt(answer, 'parameter/2/valueString') === 'RS1';
        return [
          ...expected.status(told, 200),
          ...compared(pack, path, told.body),
          ...(stale ? [] : expected.same(told.body, answer)),
        ];
      },
    });
  }
}

/** The time of a signature is the time that is signed: with it the server's clock does not matter. */
function signedAt(text: string, when: string): string {
  const bundle = JSON.parse(text) as { entry: object[] };
  const who = resourcesOf(bundle, 'MedicationRequest')[0]?.['requester'];
  const provenance = { fullUrl: 'urn:uuid:p', resource: { resourceType: 'Provenance', signature: [{ who, when }] } };
  return `${text.slice(0, text.lastIndexOf(']'))},${JSON.stringify(provenance)}${text.slice(text.lastIndexOf(']'))}`;
}

/** Every published order is accepted, once prepared and signed. */
async function checkOrders(pack: EpsPack, client: EpsClient, report: Report): Promise<void> {
  const orders = examplePaths(pack, 'eps').filter((path) =>
    /Process-Request-(Multiple-DosageInstructions-)?Send.200_OK|prescription-order\/eRD-primary-example-req|R-0006-Presc/.test(
      path,
    ),
  );
  for (const path of orders) {
    await report.step({
      name: `eps order ${path}`,
      run: async () => {
        const story = new Story(pack, path.replace(/^eps\//, ''));
        const answer = await story.order(client);
        const replayed = await story.orderAgain(client);
        return [
          ...expected.status(answer, 200),
          ...compared(pack, answerTo(pack, path), answer.body),
          ...expected.same(without(replayed.body, ['lastUpdated']), without(answer.body, ['lastUpdated'])),
        ];
      },
    });
  }
  await checkRefusedMessages(pack, client, report);
}

async function checkRefusedMessages(pack: EpsPack, client: EpsClient, report: Report): Promise<void> {
  const send = (body: unknown) => () => client.eps('/$process-message', body);
  await report.step(
    answerStep(pack, {
      name: 'eps order with a bad check character',
      published: { path: 'eps/errors/1-Process-Response-Send-400_INVALID_CHECKSUM.json', status: 400 },
      run: send(exampleText(pack, 'eps/errors/1-Process-Request-Send-400_INVALID_CHECKSUM.json')),
    }),
  );
  await report.step(
    answerStep(pack, {
      name: 'eps bundle without entries',
      published: {
        path: 'eps/spec/errors/example-a-validation-error-missing-field/Response-FhirError.json',
        status: 400,
      },
      run: send({ resourceType: 'Bundle', type: 'message' }),
    }),
  );
  await report.step(
    answerStep(pack, {
      name: 'eps dispense with different reasons',
      published: { path: 'eps/errors/3-Process-Response-Dispense-400_Invalid_Value.json', status: 400 },
      run: send(exampleText(pack, 'eps/errors/3-Process-Request-Dispense-400_Invalid_Value.json')),
    }),
  );
}

/** The published signatures are nobody's: the answer has the published form and says why. */
async function checkVerification(pack: EpsPack, client: EpsClient, report: Report): Promise<void> {
  for (const path of examplePaths(pack, 'eps').filter((one) => one.includes('VerifySignature-Request'))) {
    await report.step({
      name: `eps ${path}`,
      run: async () => {
        const answer = await client.eps('/$verify-signature', exampleText(pack, path));
        const issues = listAt(answer.body, 'parameter/0/part/1/resource/issue');
        return [
          ...expected.status(answer, 200),
          ...expected.same(textAt(answer.body, 'parameter/0/name'), '0'),
          ...expected.same(textAt(answer.body, 'parameter/0/part/0/name'), 'messageIdentifier'),
          ...expected.that(issues.length > 0 && textAt(issues, '0/severity') === 'error', answer.text.slice(0, 300)),
          ...expected.same(textAt(issues, '0/expression/0'), 'Provenance.signature.data'),
        ];
      },
    });
  }
  await report.step({
    name: 'eps verify a good signature',
    run: async () => {
      const story = new Story(pack, 'primary-care/repeat-prescribing/1-Process-Request-Send-200_OK.json');
      await story.order(client);
      const released = await client.eps('/Task/$release', story.release(randomUUID()));
      const passed = at(released.body, 'parameter/0/resource');
      const answer = await client.eps('/$verify-signature', story.sent);
      return [
        ...expected.same(at(passed, 'total'), 1),
        ...expected.same(listAt(answer.body, 'parameter/0/part/1/resource/issue'), [
          { code: 'informational', severity: 'information' },
        ]),
      ];
    },
  });
}
