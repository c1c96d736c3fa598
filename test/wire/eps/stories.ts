/** The lives of the published prescriptions: each of their messages has the outcome that its name tells. */
import { randomUUID } from 'node:crypto';
import * as expected from '../conformance/expect.ts';
import type { EpsPack } from '../eps-pack.ts';
import { exampleText } from '../eps-pack.ts';
import { at, listAt, textAt } from '../json.ts';
import type { Report } from '../report.ts';
import type { WireAnswer } from '../wire-client.ts';
import { Story, resourcesOf } from './replay.ts';
import type { EpsClient } from './replay.ts';

export interface EpsWorld {
  readonly pack: EpsPack;
  readonly client: EpsClient;
  readonly report: Report;
}

const ACUTE = 'primary-care/acute/nominated-pharmacy/medical-prescriber';
const HOMECARE = 'secondary-care/homecare/acute/nominated-pharmacy/clinical-practitioner';
const COMMUNITY = 'secondary-care/community/acute/nominated-pharmacy';
const REPEAT =
  'secondary-care/community/repeat-dispensing/nominated-pharmacy/clinical-practitioner/single-medication-request';
const SPEC = 'spec/dispensing';
const CANCEL_ACUTE = `${ACUTE}/cancellations/2-Process-Request-Cancel-200_OK.json`;

type Json = Record<string, unknown>;
type Change = (message: Json, told: Told) => Json;

/** What earlier messages of the story left behind. */
interface Told {
  release: string;
  notification: string;
  claim: string;
}

interface Chapter {
  readonly example: string;
  /** Absent: 200. */
  readonly status?: number;
  /** Outcome of a cancellation. */
  readonly outcome?: string;
  /** Code of a refusal. */
  readonly code?: string;
  /** Where the published message does not fit the published order: what is brought into line. */
  readonly change?: Change;
  readonly why?: string;
}

interface Tale {
  readonly name: string;
  readonly order: string;
  readonly chapters: readonly Chapter[];
}

const text = (message: Json): string => JSON.stringify(message);
const parsed = (value: string): Json => JSON.parse(value) as Json;

/** Published repeats tell of the third issue; a story begins with the first. */
const firstIssue: Change = (message) =>
  parsed(
    text(message).replace(/("url":"numberOfRepeatsIssued","value(?:Integer|UnsignedInt|String)":)"?\d+"?/g, '$10'),
  );

const firstIssueFromOne: Change = (message) =>
  parsed(text(message).replace(/("url":"numberOfRepeatsIssued","value(?:Integer|UnsignedInt)":)\d+/g, '$11'));

/** The published order allows one repeat more than its dispensing tells. */
const asOrdered: Change = (message) =>
  parsed(text(message).replace(/("url":"numberOfRepeatsAllowed","value(?:Integer|UnsignedInt)":)\d+/g, '$16'));

/** Whatever is not cancelled is dispensed, and so is the prescription. */
const allDispensed: Change = (message) =>
  parsed(
    text(message)
      .replace(/("url":"[^"]*Extension-EPS-TaskBusinessStatus","valueCoding":\{[^}]*"code":)"\d{4}"/g, '$1"0006"')
      .replace(/("type":\{"coding":\[\{"system":"[^"]*medicationdispense-type","code":)"000[2348]"/g, '$1"0001"'),
  );

const CHANGES_ISSUE = 'the published message tells of a later issue';
const CHANGES_FOCUS = 'the focus is the notification that was made';

const focusOnNotification: Change = (message, { notification }) => ({
  ...message,
  focus: { identifier: { system: 'https://tools.ietf.org/html/rfc4122', value: notification } },
});

const replaces =
  (which: 'notification' | 'claim'): Change =>
  (message, told) => {
    const pattern =
      /("url":"https:\/\/fhir\.nhs\.uk\/StructureDefinition\/Extension-replacementOf","valueIdentifier":)\{[^}]*\}/;
    const identifier = JSON.stringify({ system: 'https://tools.ietf.org/html/rfc4122', value: told[which] });
    return parsed(text(message).replace(pattern, `$1${identifier}`));
  };

/** One notification of each ordered item. */
const everyItemOnce: Change = (message) => {
  const seen = new Set<string>();
  const entry = listAt(message, 'entry').filter((one) => {
    if (textAt(one, 'resource/resourceType') !== 'MedicationDispense') return true;
    const item = /prescription-order-item-number","value":"([^"]+)"/.exec(JSON.stringify(one))?.[1] ?? '';
    return !seen.has(item) && seen.add(item).size > 0;
  });
  return { ...message, entry };
};

const both =
  (...changes: readonly Change[]): Change =>
  (message, told) =>
    changes.reduce((changed, change) => change(changed, told), message);

const TALES: readonly Tale[] = [
  {
    name: 'acute, an item cancelled, dispensed in three parts, claimed',
    order: `${ACUTE}/1-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: CANCEL_ACUTE, outcome: 'R-0001' },
      { example: CANCEL_ACUTE, status: 400, outcome: 'R-0006' },
      { example: `${ACUTE}/1-Task-Request-Release-200_OK.json` },
      { example: `${SPEC}/dispense-notification/acute-primary-example-01-req.json` },
      { example: `${SPEC}/dispense-notification/acute-primary-example-02-req.json` },
      { example: `${SPEC}/dispense-notification/acute-primary-example-03-req.json` },
      { example: `${ACUTE}/2-Claim-Request-400_Missing_Endorsement_Code.json`, status: 400 },
      { example: `${SPEC}/claim/acute-primary-example-req.json` },
    ],
  },
  {
    name: 'acute, released and returned, released again, withdrawn',
    order: `${ACUTE}/1-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: CANCEL_ACUTE, outcome: 'R-0001' },
      { example: `${SPEC}/release/acute-primary-example-req.json` },
      {
        example: `${SPEC}/release/acute-primary-example-req.json`,
        status: 400,
        code: 'PRESCRIPTION_WITH_ANOTHER_DISPENSER',
      },
      { example: `${SPEC}/return/acute-primary-example-req.json` },
      { example: 'spec/dispense/Patient-Request-Release-200_OK.json' },
      { example: `${SPEC}/dispense-notification/acute-primary-example-01-req.json` },
      { example: `${SPEC}/withdraw/acute-primary-example-req.json`, change: focusOnNotification, why: CHANGES_FOCUS },
    ],
  },
  {
    name: 'repeat dispensing of the specification',
    order: 'spec/prescribing/prescription-order/eRD-primary-example-req.json',
    chapters: [
      { example: 'spec/prescribing/prescription-order-update/eRD-primary-example-req.json', outcome: 'R-0001' },
      { example: `${SPEC}/release/eRD-primary-example-req.json` },
      { example: `${SPEC}/return/eRD-primary-example-req.json`, change: firstIssue, why: CHANGES_ISSUE },
      { example: `${SPEC}/release/eRD-primary-example-req.json` },
      {
        example: `${SPEC}/dispense-notification/eRD-primary-example-req.json`,
        change: both(firstIssue, asOrdered),
        why: `${CHANGES_ISSUE} and number of issues`,
      },
      {
        example: `${SPEC}/withdraw/eRD-primary-example-req.json`,
        change: both(firstIssueFromOne, focusOnNotification),
        why: `${CHANGES_ISSUE}; ${CHANGES_FOCUS}`,
      },
      {
        example: `${SPEC}/dispense-notification/eRD-primary-example-req.json`,
        change: both(firstIssue, asOrdered, allDispensed),
        why: `${CHANGES_ISSUE} and number of issues, and leaves items open that are then claimed`,
      },
      { example: `${SPEC}/claim/eRD-primary-example-req.json`, change: firstIssue, why: CHANGES_ISSUE },
    ],
  },
  {
    name: 'repeat dispensing of one item',
    order: `${REPEAT}/1-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: `${REPEAT}/1-Task-Request-Release-200_OK.json` },
      { example: `${REPEAT}/1-Process-Request-Dispense-200_OK.json`, change: firstIssue, why: CHANGES_ISSUE },
      { example: `${REPEAT}/1-Claim-Request-200_OK.json`, change: firstIssue, why: CHANGES_ISSUE },
    ],
  },
  {
    name: 'homecare 1',
    order: `${HOMECARE}/1-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: `${HOMECARE}/1-Task-Request-Release-200_OK.json` },
      {
        example: `${HOMECARE}/1-Process-Request-Dispense-200_OK.json`,
        change: everyItemOnce,
        why: 'the published notification tells of an item twice',
      },
      { example: `${HOMECARE}/1-Claim-Request-200_OK.json` },
    ],
  },
  {
    name: 'homecare 2, returned',
    order: `${HOMECARE}/2-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: `${HOMECARE}/2-Task-Request-Release-200_OK.json` },
      { example: `${HOMECARE}/2-Task-Request-Return-200_OK.json` },
    ],
  },
  {
    name: 'homecare 3, withdrawn',
    order: `${HOMECARE}/3-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: `${HOMECARE}/3-Task-Request-Release-200_OK.json` },
      { example: `${HOMECARE}/3-Process-Request-Dispense-200_OK.json` },
      { example: `${HOMECARE}/3-Task-Request-Withdraw-200_OK.json`, change: focusOnNotification, why: CHANGES_FOCUS },
    ],
  },
  {
    name: 'homecare 5, amended',
    order: `${HOMECARE}/5-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: `${HOMECARE}/5-Task-Request-Release-200_OK.json` },
      { example: `${HOMECARE}/5-Process-Request-Dispense-200_OK.json` },
      {
        example: `${HOMECARE}/5-Process-Request-DispenseAmend-200_OK.json`,
        change: replaces('notification'),
        why: 'it amends the notification that was made',
      },
    ],
  },
  {
    name: 'homecare 6, claim amended',
    order: `${HOMECARE}/6-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: `${HOMECARE}/6-Task-Request-Release-200_OK.json` },
      { example: `${HOMECARE}/6-Process-Request-Dispense-200_OK.json` },
      { example: `${HOMECARE}/6-Claim-Request-200_OK.json` },
      {
        example: `${HOMECARE}/6-Claim-Request-Amend-200_OK.json`,
        change: replaces('claim'),
        why: 'it amends the claim that was made',
      },
    ],
  },
  {
    name: 'consecutive dosages',
    order:
      'secondary-care/homecare/acute/nominated-pharmacy/consecutive-dosage-instructions/1-Process-Request-Send-200_OK.json',
    chapters: [
      {
        example:
          'secondary-care/homecare/acute/nominated-pharmacy/consecutive-dosage-instructions/1-Task-Request-Release-200_OK.json',
      },
      {
        example:
          'secondary-care/homecare/acute/nominated-pharmacy/consecutive-dosage-instructions/1-Process-Request-Dispense-200_OK.json',
      },
    ],
  },
  ...['1', '3'].map((number) => ({
    name: `cancellation ${number}`,
    order: `${ACUTE}/cancellations/${number}-Process-Request-Send-200_OK.json`,
    chapters: [{ example: `${ACUTE}/cancellations/${number}-Process-Request-Cancel-200_OK.json`, outcome: 'R-0001' }],
  })),
  ...['clinical-practitioner', 'health-professional'].map((who) => ({
    name: `cancellation by a ${who}`,
    order: `${COMMUNITY}/${who}/1-Process-Request-Send-200_OK.json`,
    chapters: [{ example: `${COMMUNITY}/${who}/1-Process-Request-Cancel-200_OK.json`, outcome: 'R-0001' }],
  })),
  {
    name: 'cancellation where an organisation is responsible',
    order: 'primary-care/acute/nominated-pharmacy/responsible-party-org/3-Process-Request-Send-200_OK.json',
    chapters: [
      {
        example:
          'primary-care/acute/nominated-pharmacy/responsible-party-org/cancellations/3-Process-Request-Cancel-200_OK.json',
        outcome: 'R-0001',
      },
    ],
  },
  {
    name: 'cancellation at the dispenser, and after dispensing',
    order: `${COMMUNITY}/clinical-practitioner/1-Process-Request-Send-200_OK.json`,
    chapters: [
      { example: `${HOMECARE}/3-Task-Request-Release-200_OK.json` },
      {
        example: `${COMMUNITY}/clinical-practitioner/1-Process-Request-Cancel-200_OK.json`,
        status: 400,
        outcome: 'R-0002',
      },
      { example: `${HOMECARE}/3-Process-Request-Dispense-200_OK.json` },
      {
        example: `${COMMUNITY}/clinical-practitioner/1-Process-Request-Cancel-200_OK.json`,
        status: 400,
        outcome: 'R-0004',
      },
    ],
  },
];

export async function checkStories({ client, pack, report }: EpsWorld): Promise<void> {
  for (const tale of TALES) await tell({ client, pack, report }, tale);
  await report.step({
    name: 'eps release of an unknown prescription',
    run: async () => {
      const story = new Story(pack, TALES[0]?.order ?? '');
      const answer = await client.eps('/Task/$release', story.release(randomUUID()));
      const told = JSON.parse(exampleText(pack, 'eps/spec/errors/release/not-found-error.json')) as object;
      return [...expected.status(answer, 400), ...expected.same(at(answer.body, 'issue'), at(told, 'issue'))];
    },
  });
  for (const code of ['R-0008', 'R-5000']) {
    await report.step({
      name: `eps cancellation ${code}`,
      run: async () => {
        const story = new Story(pack, TALES[0]?.order ?? '');
        if (code === 'R-5000') await story.order(client);
        const cancel = parsed(
          text(story.message(CANCEL_ACUTE)).replaceAll(
            story.nhsNumber,
            code === 'R-5000' ? '9449304130' : story.nhsNumber,
          ),
        );
        const answer = await client.eps('/$process-message', freshMessage(cancel));
        const told = JSON.parse(
          exampleText(pack, `eps/spec/errors/prescription-order-update/${code}-Cancellation.json`),
        ) as object;
        return [...expected.status(answer, 400), ...expected.same(at(answer.body, 'issue'), at(told, 'issue'))];
      },
    });
  }
  report.skip('eps R-0009', 'the functionality is not disabled here');
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
      ...(chapter.why === undefined ? {} : { exception: chapter.why }),
      run: () => read(client, { story, chapter, told }),
    });
  }
}

const freshMessage = (message: Json): Json => {
  const identifier = message['identifier'];
  if (Array.isArray(identifier)) {
    const system = 'https://tools.ietf.org/html/rfc4122';
    return { ...message, identifier: [{ system, value: randomUUID() }] };
  }
  return identifier === undefined
    ? message
    : { ...message, identifier: { system: 'https://tools.ietf.org/html/rfc4122', value: randomUUID() } };
};

async function read(
  client: EpsClient,
  { chapter, story, told }: { chapter: Chapter; story: Story; told: Told },
): Promise<readonly string[]> {
  const fresh = freshMessage(story.message(chapter.example));
  const message = chapter.change?.(fresh, told) ?? fresh;
  const answer = await send(client, message, told);
  const outcome = statusCode(answer);
  return [
    ...expected.status(answer, chapter.status ?? 200),
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
