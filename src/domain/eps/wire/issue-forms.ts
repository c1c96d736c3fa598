/** The wordings of what checks find, each once. */
import type { MessageIssue } from '../message-issue.ts';
import { R4_ERRORS } from './issues.ts';

const expression = (path: string) => ({ expression: [path] });

const error = (code: string, diagnostics: string): MessageIssue => ({ severity: 'error', code, diagnostics });

export const wrongResource = (expected: string): MessageIssue => ({
  severity: 'fatal',
  code: 'value',
  diagnostics: `Incorrect FHIR resource type. Expected ${expected}.`,
});

export const NO_ENTRY: MessageIssue = {
  severity: 'error',
  code: 'value',
  coding: { system: R4_ERRORS, code: 'MISSING_FIELD', display: "ResourceType Bundle must contain 'entry' field" },
};

export const EVENTS = ['prescription-order', 'prescription-order-update', 'dispense-notification'] as const;

export const WRONG_EVENT: MessageIssue = {
  severity: 'fatal',
  code: 'value',
  diagnostics: `MessageHeader.eventCoding.code must be one of: ${EVENTS.join(', ')}.`,
  ...expression('Bundle.entry.resource.ofType(MessageHeader).eventCoding.code'),
};

type Medication = 'MedicationRequest' | 'MedicationDispense';

const inBundle = (type: Medication, field: string) => expression(`Bundle.entry.resource.ofType(${type})${field}`);

export const inconsistent = (type: Medication, field: string, values: readonly unknown[]): MessageIssue => ({
  ...error('value', `Expected all ${type}s to have the same value for ${field}. Received ${JSON.stringify(values)}.`),
  ...inBundle(type, `.${field}`),
});

export const missingIn = (type: Medication, field: string): MessageIssue => ({
  ...error('value', `Expected ${type} to have a value for ${field}.`),
  ...inBundle(type, `.${field}`),
});

export const incorrectIn = (field: string, required: string): MessageIssue => ({
  ...error('value', `MedicationRequest.${field} must be ${required}.`),
  ...inBundle('MedicationRequest', `.${field}`),
});

export const SAME_ITEM_TWICE: MessageIssue = {
  ...error('value', 'Expected all MedicationRequests to have a different value for identifier.'),
  ...inBundle('MedicationRequest', '.identifier'),
};

export const NOT_ONE_REQUEST: MessageIssue = {
  ...error(
    'value',
    "The Bundle must contain exactly one MedicationRequest if MessageHeader.eventCoding.code is 'prescription-order-update'.",
  ),
  ...inBundle('MedicationRequest', ''),
};

export const TOO_MANY_REQUESTS: MessageIssue = {
  ...error('processing', 'Bundle contains too many resources of type MedicationRequest. Expected at most 4.'),
  ...expression('Bundle.entry'),
};

export const bothMedications = (type: 'Request' | 'Dispense'): MessageIssue => ({
  severity: 'error',
  code: 'structure',
  coding: {
    system: R4_ERRORS,
    code: 'CONFLICTING_VALUES',
    display: 'Conflicting values have been specified in different fields',
  },
  diagnostics: `Medication${type} cannot contain both medicationReference and medicationCodeableConcept fields.`,
});

export const MISSING_SEQUENCE: MessageIssue = {
  severity: 'error',
  code: 'invalid',
  coding: {
    system: R4_ERRORS,
    code: 'MISSING_VALUE',
    display: 'The request contains multiple dosage instruction lines but no corresponding dosage sequence number.',
  },
};

export const DIFFERENT_REASONS: MessageIssue = {
  severity: 'error',
  code: 'invalid',
  coding: { system: 'https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode', code: 'INVALID_VALUE' },
  diagnostics:
    'Expected all MedicationDispenses to have the same value for MedicationDispense.extension:prescriptionNonDispensingReason',
  ...expression('MedicationDispense.extension:prescriptionNonDispensingReason'),
};

export const missingField = (path: string): MessageIssue => error('invalid', `Required field ${path} is missing.`);
export const unexpectedField = (path: string): MessageIssue => error('invalid', `Unexpected field of ${path}.`);
export const missingParameter = (name: string): MessageIssue =>
  error('invalid', `Required parameter ${name} is missing.`);

export const notAReference = (path: string): MessageIssue =>
  error('invalid', `${path} populated incorrectly. Please populate with Reference to resource within Bundle.`);
export const notAnIdentifier = (path: string): MessageIssue =>
  error('invalid', `${path} populated incorrectly. Please populate with Identifier and Display.`);

export const NEITHER_REFERENCE = error(
  'invalid',
  'Responsible practitioner must be either a reference to a Practitioner resource or an identifier reference.',
);

export const PROFESSIONAL_CODE = error(
  'value',
  'Bundle resource Practitioner.identifier expected exactly one professional code from GMC|NMC|GPhC|HCPC|professional-code.',
);

const NO_AUTHORITY = 'The dispense notification is missing the reimbursement authority and it should be provided.';
const NO_AUTHORITY_CODE =
  'The dispense notification is missing the ODS code for reimbursement authority and it should be provided.';

export const MISSING_AUTHORITY = error('invalid', NO_AUTHORITY);
export const MISSING_AUTHORITY_CODE = error('invalid', NO_AUTHORITY_CODE);
export const MISSING_ENDORSEMENT = error('invalid', 'The claim is missing the required endorsement code.');

const quoted = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

export const oneOf = (type: 'Task' | 'Claim', field: string, allowed: readonly string[]): MessageIssue => ({
  ...error('value', `${type}.${field} must be one of: ${quoted(allowed)}.`),
  ...expression(`${type}.${field}`),
});

export const wrongReasonSystem = (system: string): MessageIssue => ({
  ...error('value', `Task.reasonCode must have a system of '${system}' and a value from that system.`),
  ...expression('Task.reasonCode'),
});

export const MISSING_CODE: MessageIssue = {
  ...error('value', "Task.code is required when Task.status is 'in-progress'."),
  ...expression('Task.code'),
};

export const wrongLength = (path: string, actual: number, expected: number): MessageIssue =>
  error('invalid', `Expected ${expected} item(s) in ${path}, but received ${actual}.`);
