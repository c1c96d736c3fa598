/** What dispensers ask for as HL7 v3: releases, returns and withdrawals. */
import { element } from '../canonical-xml.ts';
import { EPS_REPEAT, MESSAGE_ID, NHS_NUMBER, SDS_USER } from '../codes.ts';
import type { Reading } from '../issues.ts';
import { at, extensionOf, identifierOf, objectIn, objectsIn, textAt } from '../json.ts';
import type { Json } from '../json.ts';
import { requiredIdentifier } from '../signed-parts.ts';
import * as v3 from './parts.ts';
import type { Converting } from './prescriber-messages.ts';

const named = (parameters: Json, name: string): Json | undefined =>
  objectsIn(parameters['parameter']).find((parameter) => parameter['name'] === name);

export const releasedId = (parameters: Json): string =>
  textAt(named(parameters, 'group-identifier'), 'valueIdentifier', 'value');

/** By its prescription id, or of all that is nominated. */
export function releaseRequest(parameters: Json, id: string, { now, reading }: Converting): string {
  const shortForm = releasedId(parameters);
  const role = objectIn(named(parameters, 'agent')?.['resource']);
  const owner = objectIn(named(parameters, 'owner')?.['resource']);
  return element(
    shortForm === '' ? 'NominatedPrescriptionReleaseRequest' : 'PatientPrescriptionReleaseRequest',
    { classCode: 'INFO', moodCode: 'RQO' },
    v3.globalId(id),
    v3.timeOf(now),
    element('author', { typeCode: 'AUT' }, v3.dispenserPerson(role, owner, reading)),
    shortForm === '' ? '' : v3.pertinent({ number: '' }, v3.prescriptionId(shortForm)),
  );
}

export const taskId = (task: Json): string => identifierOf(task['identifier'], MESSAGE_ID);

const shortFormOf = (task: Json): string => textAt(task, 'groupIdentifier', 'value');

/** Of a code system, as Spine is told it. */
const reasonOf = (task: Json, system: string): Json =>
  objectIn(objectsIn(at(task, 'statusReason', 'coding')).find((coding) => coding['system'] === system));

const effective = (task: Json, reading: Reading): string =>
  element('effectiveTime', { value: v3.timeDigits(task['authoredOn'], 'Task.authoredOn', reading) });

const issueOf = (task: Json): Json | undefined => extensionOf(task, EPS_REPEAT);

function repeatInstance(number: string, task: Json): string {
  const information = issueOf(task);
  if (information === undefined) return '';
  const value = element('value', { value: String(v3.integerOf(information, 'numberOfRepeatsIssued')) });
  return v3.pertinent({ number }, v3.annotation('pertinentRepeatInstanceInfo', 'RPI', value));
}

const RETURN_REASONS = 'https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-return-status-reason';

export function dispenseProposalReturn(task: Json, { reading }: Converting): string {
  const role = v3.containedIn(task, task['requester']);
  const organization = v3.containedIn(task, role['organization']);
  const reason = v3.coded(reasonOf(task, RETURN_REASONS), '2.16.840.1.113883.2.1.3.2.4.16.28');
  return element(
    'DispenseProposalReturn',
    { classCode: 'INFO', moodCode: 'EVN' },
    v3.globalId(taskId(task)),
    effective(task, reading),
    element('author', { typeCode: 'AUT' }, v3.dispenserPerson(role, organization, reading)),
    v3.pertinent({ number: '1' }, v3.prescriptionId(shortFormOf(task))),
    v3.pertinent({ number: '3', conduction: false }, v3.annotation('pertinentReturnReason', 'RR', reason)),
    element(
      'reversalOf',
      { inversionInd: 'true', negationInd: 'false', typeCode: 'REV' },
      v3.separable(true),
      v3.actRef('priorPrescriptionReleaseResponseRef', ['INFO', 'EVN'], textAt(task, 'focus', 'identifier', 'value')),
    ),
    repeatInstance('2', task),
  );
}

const WITHDRAW_REASONS = 'https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-withdraw-reason';

export function etpWithdraw(task: Json, { reading }: Converting): string {
  const patient = { system: NHS_NUMBER, path: 'Task.for.identifier' };
  const nhsNumber = requiredIdentifier([at(task, 'for', 'identifier')], patient, reading);
  const last = v3.coded({ code: 'LD', display: 'Last Dispense' }, '2.16.840.1.113883.2.1.3.2.4.17.109');
  const reason = v3.coded(reasonOf(task, WITHDRAW_REASONS), '2.16.840.1.113883.2.1.3.2.4.17.110');
  return element(
    'ETPWithdraw',
    { classCode: 'ALRT', moodCode: 'EVN' },
    v3.globalId(taskId(task)),
    effective(task, reading),
    patientById(nhsNumber),
    withdrawer(v3.containedIn(task, task['requester']), reading),
    repeatInstance('1', task),
    v3.pertinent({ number: '3', conduction: false }, v3.annotation('pertinentWithdrawID', 'WID', shortForm(task))),
    v3.pertinent({ number: '2' }, v3.annotation('pertinentWithdrawType', 'PWT', last)),
    v3.pertinent({ number: '5' }, v3.annotation('pertinentWithdrawReason', 'PWR', reason)),
    element(
      'pertinentInformation4',
      { inversionInd: 'false', negationInd: 'false', typeCode: 'PERT' },
      v3.separable(true),
      v3.actRef('pertinentDispenseNotificationRef', ['INFO', 'EVN'], textAt(task, 'focus', 'identifier', 'value')),
    ),
  );
}

const shortForm = (task: Json): string => element('value', { extension: shortFormOf(task), root: v3.SHORT_FORM_ROOT });

export const patientById = (nhsNumber: string): string =>
  element(
    'recordTarget',
    { typeCode: 'RCT' },
    element('patient', { classCode: 'PAT' }, element('id', { extension: nhsNumber, root: v3.NHS_NUMBER_ROOT })),
  );

function withdrawer(role: Json, reading: Reading): string {
  const user = { system: SDS_USER, path: 'Task.contained("PractitionerRole").practitioner("value")' };
  const extension = requiredIdentifier([at(role, 'practitioner', 'identifier')], user, reading);
  const person = element(
    'agentPersonSDS',
    { classCode: 'PSN', determinerCode: 'INSTANCE' },
    element('id', { extension, root: v3.PERSON_ROOT }),
  );
  const agent = element('AgentPersonSDS', { classCode: 'AGNT' }, v3.roleId(role, reading), person);
  return element('author', { typeCode: 'AUT' }, agent);
}
