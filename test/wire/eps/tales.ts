/** What is told of the published prescriptions: an order and what follows, message for message. */
import { listAt, textAt } from '../json.ts';

const ACUTE = 'primary-care/acute/nominated-pharmacy/medical-prescriber';
const HOMECARE = 'secondary-care/homecare/acute/nominated-pharmacy/clinical-practitioner';
const COMMUNITY = 'secondary-care/community/acute/nominated-pharmacy';
const REPEAT =
  'secondary-care/community/repeat-dispensing/nominated-pharmacy/clinical-practitioner/single-medication-request';
const SPEC = 'spec/dispensing';
export const CANCEL_ACUTE = `${ACUTE}/cancellations/2-Process-Request-Cancel-200_OK.json`;

export type Json = Record<string, unknown>;
export type Change = (message: Json, told: Told) => Json;

/** What earlier messages of the story left behind. */
export interface Told {
  release: string;
  notification: string;
  claim: string;
}

export interface Chapter {
  readonly example: string;
  /** Absent: 200. */
  readonly status?: number;
  /** Outcome of a cancellation. */
  readonly outcome?: string;
  /** Code of a refusal. */
  readonly code?: string;
  /** The published answer, where its name does not follow from that of the message; '': none, its story is another. */
  readonly answer?: string;
  /** Where the published message does not fit the published order: what is brought into line. */
  readonly change?: Change;
  readonly why?: string;
}

export interface Tale {
  readonly name: string;
  readonly order: string;
  readonly chapters: readonly Chapter[];
}

export const text = (message: Json): string => JSON.stringify(message);
export const parsed = (value: string): Json => JSON.parse(value) as Json;

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

export const TALES: readonly Tale[] = [
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
      { example: `${SPEC}/release/acute-primary-example-req.json`, answer: '' },
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
      { example: `${SPEC}/release/eRD-primary-example-req.json`, answer: '' },
      { example: `${SPEC}/return/eRD-primary-example-req.json`, change: firstIssue, why: CHANGES_ISSUE },
      { example: `${SPEC}/release/eRD-primary-example-req.json`, answer: '' },
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
