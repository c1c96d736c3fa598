/** What the public API offers for trials: every published dosage in words, every published message as HL7 v3. */
import { randomUUID } from 'node:crypto';
import * as expected from '../conformance/expect.ts';
import { digestVectors, examplePaths, exampleText } from '../eps-pack.ts';
import { at, listAt, textAt } from '../json.ts';
import { resourcesOf } from './replay.ts';
import type { EpsWorld } from './stories.ts';

export async function checkTrials(world: EpsWorld): Promise<void> {
  await checkDoses(world);
  await checkConversions(world);
  await checkSigned(world);
  await checkDoors(world);
}

const SENT = /Request|prescription-order|-req\.json$/;

/** Texts that were made of their structure have it in parts. */
const MADE = ' - ';

async function checkDoses({ client, pack, report }: EpsWorld): Promise<void> {
  for (const path of examplePaths(pack, 'eps')) {
    const text = exampleText(pack, path);
    const told = [
      ...resourcesOf(JSON.parse(text), 'MedicationRequest'),
      ...resourcesOf(JSON.parse(text), 'MedicationDispense'),
    ];
    const made = told.map((resource) => {
      const words = textAt(resource, 'dosageInstruction/0/text');
      return words.includes(MADE) && at(resource, 'dosageInstruction/0/timing') !== undefined ? words : null;
    });
    if (made.every((one) => one === null)) continue;
    await report.step({
      name: `eps doses ${path}`,
      run: async () => {
        const answer = await client.eps('/$dose-to-text', text);
        const words = (JSON.parse(answer.text) as { dosageInstructionText: string }[]).map((each, index) =>
          made[index] === null ? null : each.dosageInstructionText,
        );
        return [...expected.status(answer, 200), ...expected.same(words, made)];
      },
    });
  }
}

/** The interaction that a published message is, '' for what is no message. */
function interactionOf(message: unknown): string {
  switch (textAt(message, 'resourceType')) {
    case 'Claim':
      return 'PORX_IN090101SM31';
    case 'Task':
      return textAt(message, 'status') === 'rejected' ? 'PORX_IN100101SM31' : 'PORX_IN510101SM31';
    case 'Parameters': {
      const names = listAt(message, 'parameter').map((parameter) => textAt(parameter, 'name'));
      if (!names.includes('owner')) return '';
      return names.includes('group-identifier') ? 'PORX_IN132004SM30' : 'PORX_IN060102SM30';
    }
    default:
      return BUNDLES[textAt(resourcesOf(message, 'MessageHeader')[0], 'eventCoding/code')] ?? '';
  }
}

const BUNDLES: Readonly<Record<string, string>> = {
  'prescription-order': 'PORX_IN020101SM31',
  'prescription-order-update': 'PORX_IN030101SM32',
  'dispense-notification': 'PORX_IN080101SM31',
};

async function checkConversions({ client, pack, report }: EpsWorld): Promise<void> {
  for (const path of examplePaths(pack, 'eps').filter((one) => SENT.test(one))) {
    const text = exampleText(pack, path);
    const message: unknown = JSON.parse(text);
    const interaction = interactionOf(message);
    if (interaction === '') continue;
    await report.step({
      name: `eps convert ${path}`,
      run: async () => {
        const answer = await client.eps('/$convert', text);
        if (/\/errors\/|400/.test(path) && answer.status === 400) return [];
        const id = textAt(message, 'identifier/value') || textAt(message, 'identifier/0/value');
        return [
          ...expected.status(answer, 200),
          ...expected.same(answer.headers.get('content-type'), 'application/xml'),
          ...expected.that(answer.text.includes(`<${interaction} xmlns="urn:hl7-org:v3">`), answer.text.slice(0, 300)),
          ...expected.that(answer.text.includes(`<id root="${id.toUpperCase()}`), `no id ${id}`),
        ];
      },
    });
  }
}

/** What the published digests were made of stands in the order as it is told to Spine, letter by letter. */
async function checkSigned({ client, pack, report }: EpsWorld): Promise<void> {
  for (const { fragmentsToBeHashed, request } of digestVectors(pack)) {
    await report.step({
      name: `eps convert holds what is signed ${request}`,
      run: async () => {
        const answer = await client.eps('/$convert', exampleText(pack, `eps/${request}`));
        // The first repeat number is told and not signed.
        const xml = answer.text.replaceAll('<low value="1"></low><high', '<high');
        const fragments = [
          ...fragmentsToBeHashed.matchAll(
            /<Fragment>(<(?:AgentPerson|recordTarget|pertinentLineItem) .*?)<\/Fragment>/gs,
          ),
        ];
        const missing = fragments
          .map(([, one = '']) => one.replace(' xmlns="urn:hl7-org:v3"', ''))
          .filter((one) => !xml.includes(one));
        return [
          ...expected.status(answer, 200),
          ...expected.that(fragments.length > 2, 'no fragments'),
          ...expected.same(missing, []),
        ];
      },
    });
  }
}

async function checkDoors({ client, report }: EpsWorld): Promise<void> {
  await report.step({
    name: 'eps polling is not supported',
    run: async () => {
      const answer = await client.send('GET', `/electronic-prescriptions/_poll/${randomUUID()}`);
      return [
        ...expected.status(answer, 400),
        ...expected.same(textAt(at(answer.body, 'issue'), '0/details/coding/0/code'), 'INTERACTION_NOT_SUPPORTED'),
      ];
    },
  });
  await report.step({
    name: 'psu delivery reports want a signature',
    run: async () => {
      const path = '/prescription-status-update/notification-delivery-status-callback';
      const unsigned = await client.send('POST', path, { data: [] });
      const forged = await client.send('POST', path, { data: [] }, { 'x-hmac-sha256-signature': '00' });
      return [
        ...expected.status(unsigned, 401),
        ...expected.same(unsigned.body, { message: 'No x-hmac-sha256-signature given' }),
        ...expected.status(forged, 403),
        ...expected.same(forged.body, { message: 'Incorrect signature' }),
      ];
    },
  });
}
