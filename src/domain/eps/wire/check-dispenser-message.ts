/** Checks of what dispensers send: notifications, releases, returns and withdrawals, claims. */
import type { MessageCheck, MessageIssue } from '../message-issue.ts';
import { hasBothMedications } from './check-prescriber-message.ts';
import { EPS_REPEAT, ORGANISATION_RELATIONSHIPS } from './codes.ts';
import * as form from './issue-forms.ts';
import { translationIssue } from './issues.ts';
import { at, extensionOf, has, isObject, objectIn, objectsIn, textAt, textIn } from './json.ts';
import type { Json } from './json.ts';
import { isReference } from './message-bundle.ts';
import type { MessageBundle } from './message-bundle.ts';
import { different } from './same-values.ts';

type Issues = readonly MessageIssue[];

const NON_DISPENSING = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionNonDispensingReason';
const TASK_CODES = 'http://hl7.org/fhir/CodeSystem/task-code';
const WITHDRAW_REASONS = 'https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-withdraw-reason';
const RETURN_REASONS = 'https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-return-status-reason';
const ENDORSEMENTS = 'https://fhir.nhs.uk/CodeSystem/medicationdispense-endorsement';
/** The reimbursement authorities: NHS Business Services Authority, and that of the Isle of Man. */
const AUTHORITIES = ['T1450', 'RQFZ1'];
const AGENT = 'Parameters.parameter("agent").resource';

const when = (wrong: boolean, issue: MessageIssue): Issues => (wrong ? [issue] : []);

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

function contained(holder: Json | undefined, reference: string): Json | undefined {
  const id = reference.replace(/^#/, '');
  return objectsIn(holder?.['contained']).find((resource) => resource['id'] === id);
}

const notContained = (reference: string): MessageIssue =>
  translationIssue('INVALID_VALUE', `Contained resource with reference ${reference} not found`, '');

export function checkDispenseBundle(bundle: MessageBundle): Issues {
  const dispenses = bundle.all('MedicationDispense');
  const [first] = dispenses;
  if (first === undefined)
    return [
      translationIssue('TOO_FEW_VALUES_SUBMITTED', 'Too few values submitted. Expected 1 element.', 'Bundle.entry'),
    ];
  const same = ['whenHandedOver', 'subject.identifier.value', `extension("${EPS_REPEAT}")`].flatMap((field) => {
    const values = different(dispenses, field);
    return values.length > 1 ? [form.inconsistent('MedicationDispense', field, values)] : [];
  });
  const performers = different(
    dispenses.map((dispense) => ({ actors: objectsIn(dispense['performer']).map(({ actor }) => actor) })),
    'actors',
  );
  const unperformed = dispenses.some((dispense) => objectsIn(dispense['performer']).length === 0);
  return [
    ...same,
    ...when(performers.length > 1, form.inconsistent('MedicationDispense', 'performer', performers)),
    ...when(unperformed, form.missingIn('MedicationDispense', 'performer.ofType(PractitionerRole)')),
    ...when(
      dispenses.some((dispense) => !isPresent(dispense['whenHandedOver'])),
      form.missingIn('MedicationDispense', 'whenHandedOver'),
    ),
    ...when(dispenses.some(hasBothMedications), form.bothMedications('Dispense')),
    ...when(different(dispenses, `extension("${NON_DISPENSING}")`).length > 1, form.DIFFERENT_REASONS),
    ...(unperformed ? [] : checkPerformer(bundle, first)),
  ];
}

function checkPerformer(bundle: MessageBundle, first: Json): Issues {
  const reference = textAt(first, 'performer', 0, 'actor', 'reference');
  const role = contained(first, reference);
  if (role === undefined) return [notContained(reference)];
  const practitioner = when(
    isReference(role['practitioner']),
    form.notAnIdentifier('Bundle.entry("PractitionerRole").practitioner'),
  );
  const organization = role['organization'];
  if (!isReference(organization)) {
    const text = 'fhirContainedPractitionerRole.organization should be a Reference';
    return [translationIssue('INVALID_VALUE', text, 'resource("MedicationDispense").contained("organization")')];
  }
  const resource = bundle.find(textAt(organization, 'reference'));
  const relationships = extensionOf(resource, ORGANISATION_RELATIONSHIPS);
  if (relationships === undefined) return [...practitioner, form.MISSING_AUTHORITY];
  const authority = extensionOf(relationships, 'reimbursementAuthority');
  return [...practitioner, ...when(authority === undefined, form.MISSING_AUTHORITY_CODE)];
}

export const checkRelease: MessageCheck = (message) => {
  if (textAt(message, 'resourceType') !== 'Parameters') return [form.wrongResource('Parameters')];
  const parameters = objectsIn(at(message, 'parameter'));
  const resourceOf = (name: string, type: string): Json | undefined => {
    const found = objectIn(parameters.find((parameter) => parameter['name'] === name)?.['resource']);
    return found['resourceType'] === type ? found : undefined;
  };
  const agent = resourceOf('agent', 'PractitionerRole');
  const issues = when(resourceOf('owner', 'Organization') === undefined, form.missingParameter('owner'));
  if (agent === undefined)
    return [...issues, translationIssue('INVALID_VALUE', 'Parameter with name agent not found', '')];
  return [
    ...issues,
    ...when(isReference(agent['practitioner']), form.notAnIdentifier(`${AGENT}.practitioner`)),
    ...when(objectsIn(agent['telecom']).length === 0, form.missingField(`${AGENT}.telecom`)),
  ];
};

export const checkTask: MessageCheck = (message) => {
  if (textAt(message, 'resourceType') !== 'Task') return [form.wrongResource('Task')];
  const task = objectIn(message);
  const intent = when(task['intent'] !== 'order', form.oneOf('Task', 'intent', ['order']));
  switch (task['status']) {
    case 'in-progress':
      return [...intent, ...checkRequester(task, 'Task.contained("PractitionerRole")'), ...checkWithdrawal(task)];
    case 'rejected':
      return [...intent, ...checkRequester(task, AGENT), ...checkReason(task, RETURN_REASONS)];
    default:
      return [...intent, form.oneOf('Task', 'status', ['in-progress', 'rejected'])];
  }
};

function checkRequester(task: Json, path: string): Issues {
  const { requester } = task;
  if (!isReference(requester)) {
    const text = 'task.requester should be a reference to contained.practitionerRole';
    return [translationIssue('INVALID_VALUE', text, 'task.requester')];
  }
  const reference = textAt(requester, 'reference');
  const role = contained(task, reference);
  if (role === undefined) return [notContained(reference)];
  return when(isReference(role['practitioner']), form.notAnIdentifier(`${path}.practitioner`));
}

function checkWithdrawal(task: Json): Issues {
  const codings = objectsIn(at(task, 'code', 'coding')).filter(({ system }) => system === TASK_CODES);
  const code = !has(task, 'code')
    ? [form.MISSING_CODE]
    : when(codings[0]?.['code'] !== 'abort', form.oneOf('Task', 'code.coding.code', ['abort']));
  return [...code, ...checkReason(task, WITHDRAW_REASONS)];
}

function checkReason(task: Json, reasons: string): Issues {
  const codings = objectsIn(at(task, 'statusReason', 'coding'));
  const known = codings.some(({ code, system }) => system === reasons && textIn(code) !== '');
  return when(!known, form.wrongReasonSystem(reasons));
}

export const checkClaim: MessageCheck = (message) => {
  if (textAt(message, 'resourceType') !== 'Claim') return [form.wrongResource('Claim')];
  const claim = objectIn(message);
  const reference = textAt(claim, 'provider', 'reference');
  const role = contained(claim, reference);
  if (role === undefined) return [notContained(reference)];
  const insurance = objectsIn(claim['insurance']);
  const authority = textAt(insurance[0], 'coverage', 'identifier', 'value');
  return [
    ...when(isReference(role['practitioner']), form.notAnIdentifier(`${AGENT}.practitioner`)),
    ...when(insurance.length !== 1, form.wrongLength('Claim.insurance', insurance.length, 1)),
    ...when(
      insurance.length > 0 && !AUTHORITIES.includes(authority),
      form.oneOf('Claim', 'insurance[0].coverage.identifier.value', AUTHORITIES),
    ),
    ...when(!isEndorsed(claim), form.MISSING_ENDORSEMENT),
  ];
};

/** Every item says at least that there is no endorsement. */
function isEndorsed(claim: Json): boolean {
  const details = objectsIn(claim['item']).flatMap(({ detail }) => objectsIn(detail));
  return details.every((detail) => {
    const codings = objectsIn(detail['programCode']).flatMap(({ coding }) => objectsIn(coding));
    return codings.filter(isObject).some(({ system }) => system === ENDORSEMENTS);
  });
}
