/** Where the live rule wins over a published answer, by its file: which differences that explains, and why. */

export interface Deviation {
  /** The lines of difference that it explains. */
  readonly at: RegExp;
  readonly why: string;
}

const MEDICAL = 'eps/primary-care/acute/nominated-pharmacy/medical-prescriber';
const UPDATES = 'eps/spec/errors/prescription-order-update';
const RELEASES = 'eps/spec/dispensing/release';

const SHA1: Deviation = {
  at: /^\/parameter\/[02]\/valueString/,
  why: 'published with SHA-1, which only applications of SHA1_ENABLED_APPLICATION_IDS are given',
};
const OLD_NAMES: Deviation = {
  at: /\/extension\/0\/url: "\S+Extension-(MessageHeader-messageId|DM-PrescriptionStatusHistory)", expected "\S+Extension-(Spine-MessageHeader-messageId|DM-PrescriptionTaskStatusReason)"$/,
  why: 'an answer of 2021, with former names of extensions; those of 2025 have the present ones',
};
const DIRECTORY: Deviation = {
  at: /\/destination\/0\/endpoint: "urn:nhs-uk:addressing:ods:\w+", expected "https:\/\/directory\./,
  why: 'an older form of the address; answers of 2025 have urn:nhs-uk:addressing:ods',
};
const COPIED_STATUS: Deviation = {
  at: /\/entry\/1\/resource\/status: "(completed|cancelled)", expected "active"$/,
  why: 'the example is that of R-0002 with another code; the status goes with the code',
};
const NO_IDS: Deviation = {
  at: /\/resource\/id: "<\w+ \d>", expected absent$/,
  why: 'written by hand, without ids; live resources have the id of their address',
};

/** The update is repeated as it was sent. */
const REPEATED: readonly Deviation[] = [
  {
    at: /^\/(id|timestamp): |\/focus\/|^\/entry\/1\/resource\/(?!id)|\/resource\/id: /,
    why: 'written by hand: it repeats the update; live answers (R-0002, bundle-success) tell a request of their own, with ids',
  },
  DIRECTORY,
];

const HANDED_HEADER: Deviation = {
  at: /\/entry\/0\/resource\/entry\/0\/resource\/(id|extension|destination|sender|source|response|focus)/,
  why: "written by hand with the prescriber's header; the service sends it itself, as the failed prescription shows",
};
const BEFORE_RELEASE: Deviation = {
  at: /"0007", expected "0008"$|"Item to be dispensed", expected "Item with dispenser"$/,
  why: 'live items show their status before the release',
};
const REPEATS: Deviation = {
  at: /\/numberOfRepeatsAllowed: 0, expected absent$/,
  why: 'live requests always tell the number of repeats',
};
const SEARCH: Deviation = {
  at: /\/search: absent, expected \{"mode":"match"\}$|\/link: absent/,
  why: 'written by hand with link and search mode; live releases have neither',
};
const BOTH_TIMES: Deviation = {
  at: /\/resource\/(meta: \{"lastUpdated":"<time>"\}|timestamp: "<time>"), expected absent$/,
  why: 'the examples tell either meta or timestamp, here both are told',
};
const OTHER_CODE: Deviation = {
  at: /: "6095103", expected "C6095103"$/,
  why: 'the published order has the number without its letter',
};
const OTHER_TARGET: Deviation = {
  at: /\/target(\/|:)/,
  why: 'what a Provenance is about is told as the order tells it',
};
const STATUS_TOLD: Deviation = {
  at: /\/extension\/2: \{"url":"\S+Extension-EPS-DispensingInformation"/,
  why: 'the status of the item is told with every release, as in the other examples',
};

/** The texts of the tracker tell what is wrong. */
const TEXT: Deviation = {
  at: /^\/issue\/0\/diagnostics: "(Prescription not found|Missing required query string parameter;)/,
  why: 'the live text tells what is wrong; the example has a placeholder',
};
const USE_TOLD: Deviation = {
  at: /\/telecom\/0\/use: "work", expected absent$/,
  why: 'an order without the use of a telephone number is refused, so that it is told',
};
const PHARMACY_TOLD: Deviation = {
  at: /^\/entry\/2\/resource\/entry\/(0\/resource\/dispenseRequest\/performer|4: \{"fullUrl":"urn:uuid:<Organization 5>")/,
  why: 'what a pharmacy had is told with the pharmacy, as in the other prescriptions of the example',
};
const TASKS: readonly Deviation[] = [
  {
    at: /^\/(id|meta|identifier): absent|^\/total: 1|^\/entry\/0\/fullUrl/,
    why: 'a searchset of tasks has a total and addresses, and no id of its own',
  },
  {
    at: /\/(businessStatus|valueCoding|code)\/(coding\/0\/)?(system|code|display): |\/valueReference\/|\/authoredOn: "<day>"/,
    why: "written by hand: the live tracker has a task's own code, item statuses and item numbers, and a day",
  },
  {
    at: /\/extension\/1\/extension\/[01]\/value(Integer|UnsignedInt)/,
    why: 'live repeats are integers; the example tells of the third issue of six',
  },
  {
    at: /^\/entry\/0\/resource\/output\/0\/extension\/0\/extension\/(0\/url: "dateDownloaded"|1: \{"url":"dateLastIssuedDispensed")/,
    why: 'the day of the release is told too',
  },
];

export const LIVE: Readonly<Record<string, readonly Deviation[]>> = {
  [`${MEDICAL}/Prepare-Response-Multiple-Dosages-200_OK.json`]: [SHA1],
  'eps/spec/prepare/eRD-primary-example-res.json': [SHA1],
  [`${MEDICAL}/cancellations/2-Process-Response-Cancel-200_OK.json`]: REPEATED,
  'eps/spec/prescribing/prescription-order-update/eRD-primary-example-res.json': REPEATED,
  [`${UPDATES}/bundle-success.json`]: [OLD_NAMES, DIRECTORY],
  [`${UPDATES}/R-0004-Cancellation.json`]: [COPIED_STATUS],
  [`${UPDATES}/R-0006-Cancellation.json`]: [COPIED_STATUS],
  [`${UPDATES}/bundle-error.json`]: [
    OLD_NAMES,
    DIRECTORY,
    {
      at: /\/extension\/0\/extension\/1: \{"url":"statusDate"|"urn:uuid:<PractitionerRole 1>", expected "urn:uuid:<Practitioner 1>"$|\/authoredOn/,
      why: 'edited by hand: without date of the status, with that of the order, and a person for a role',
    },
  ],
  [`${RELEASES}/acute-primary-example-res.json`]: [
    HANDED_HEADER,
    BEFORE_RELEASE,
    REPEATS,
    SEARCH,
    BOTH_TIMES,
    OTHER_CODE,
    OTHER_TARGET,
    STATUS_TOLD,
    {
      at: /\/valueCoding\/display: "Primary Care|\/dosageInstruction\/0\/(timing|route)|\/dispenseRequest\/(validityPeriod|expectedSupplyDuration)|\/coding\/0\/display: "(Co-codamol|Pseudoephedrine)|\/entry\/5\/resource\/(type|telecom)/,
      why: 'the example is shorter than its published order, which is handed out as it was sent',
    },
    {
      at: /^\/parameter\/1\/.*(endpoint: "urn:nhs-uk:addressing:ods:VNE51"|"VNE51", expected "FCG75"$)/,
      why: 'the example puts two releases together; what one dispenser has waiting is nominated to it',
    },
  ],
  [`${RELEASES}/eRD-primary-example-res.json`]: [
    HANDED_HEADER,
    NO_IDS,
    BEFORE_RELEASE,
    REPEATS,
    SEARCH,
    BOTH_TIMES,
    OTHER_CODE,
    OTHER_TARGET,
  ],
  'eps/sandbox/Release-Response-200_OK.json': [
    OLD_NAMES,
    DIRECTORY,
    BOTH_TIMES,
    STATUS_TOLD,
    REPEATS,
    {
      at: /^\/id: |\/entry\/13: \{"fullUrl":"urn:uuid:<Provenance 1>"|nhsbsa-spurious-code/,
      why: 'an answer of the sandbox of 2021: unsigned, without id, and a prescribing code at the wrong resource',
    },
    {
      at: /^\/parameter\/1\/resource\/(total|entry)/,
      why: 'its failed prescriptions are of another release, not in the form of entries; those of the specification are compared',
    },
  ],
  'eps/spec/errors/task/success.json': TASKS,
  'eps/spec/errors/task/query-error.json': [
    { at: /^\/issue\/0\/diagnostics: "At least one of/, why: 'the live text lists three parameters' },
  ],
  'cpt/errors/404_NotFound.json': [TEXT],
  'cpt/errors/400_BadRequest.json': [TEXT],
  'pfp/success/success-multiple.json': [USE_TOLD, PHARMACY_TOLD],
  'pfp/success/success-multiple-cancelled.json': [USE_TOLD, PHARMACY_TOLD],
  'psu/response-checkprescriptionstatusupdates.json': [
    {
      at: /ApplicationName: "open", expected "ab-1"$/,
      why: 'the application is the one that asks: here without a token',
    },
    { at: /PatientNHSNumber: "\d{10}", expected/, why: "each run has a patient's number of its own" },
  ],
};
