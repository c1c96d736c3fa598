/** Checks of orders and of their cancellation, in the order in which the live API makes them. */
import type { MessageIssue } from '../message-issue.ts';
import {
  GMP,
  LINE_ITEM,
  PERFORMER_SITE_TYPE,
  PRESCRIPTION_TYPE,
  RESPONSIBLE_PRACTITIONER,
  UK_REPEAT,
} from './codes.ts';
import { isRepeatDispensing } from './course-of-therapy.ts';
import * as form from './issue-forms.ts';
import { at, extensionOf, has, identifierOf, objectsIn, textAt, textIn } from './json.ts';
import type { Json } from './json.ts';
import { isIdentifierReference, isReference } from './message-bundle.ts';
import type { Entry, MessageBundle } from './message-bundle.ts';
import { different } from './same-values.ts';

const INTENTS = 'order, original-order or instance-order';
const ITEMS_MAX = 4;

type Issues = readonly MessageIssue[];

const when = (wrong: boolean, issue: MessageIssue): Issues => (wrong ? [issue] : []);

/** What orders, cancellations and notifications have in common. */
export function checkCommon(bundle: MessageBundle): Issues {
  const requests = bundle.all('MedicationRequest');
  return [
    ...when(
      requests.some(({ intent }) => intent === 'plan' || intent === 'reflex-order'),
      form.incorrectIn('intent', INTENTS),
    ),
    ...when(requests.some(hasBothMedications), form.bothMedications('Request')),
    ...checkTelecoms(bundle),
    ...checkRoles(bundle, requests),
  ];
}

export const hasBothMedications = (holder: Json): boolean =>
  has(holder, 'medicationCodeableConcept') && has(holder, 'medicationReference');

function checkTelecoms(bundle: MessageBundle): Issues {
  return ['Organization', 'Practitioner', 'PractitionerRole'].flatMap((type) =>
    bundle.entries.flatMap(({ resource }, index) => {
      if (resource['resourceType'] !== type) return [];
      return objectsIn(resource['telecom']).flatMap((point, place) => {
        const path = `bundle.entry[${index}].resource.telecom[${place}]`;
        return ['value', 'use'].filter((name) => !has(point, name)).map((name) => form.missingField(`${path}.${name}`));
      });
    }),
  );
}

function checkRoles(bundle: MessageBundle, requests: readonly Json[]): Issues {
  const responsible = new Set(
    requests.map((request) => textAt(extensionOf(request, RESPONSIBLE_PRACTITIONER), 'valueReference', 'reference')),
  );
  return bundle.entriesOf('PractitionerRole').flatMap((entry) => checkRole(entry, responsible.has(entry.fullUrl)));
}

function checkRole({ resource: role }: Entry, isResponsible: boolean): Issues {
  const { practitioner } = role;
  const services = objectsIn(role['healthcareService']);
  return [
    ...(practitioner === undefined ? [] : checkPractitioner(practitioner, isResponsible)),
    ...when(!isReference(role['organization']), form.notAReference('practitionerRole.organization')),
    ...services.flatMap((service, index) =>
      when(!isReference(service), form.notAReference(`practitionerRole.healthcareService[${index}]`)),
    ),
  ];
}

/** The responsible party may be told by an identifier alone. */
function checkPractitioner(practitioner: unknown, isResponsible: boolean): Issues {
  const reference = isReference(practitioner);
  if (!isResponsible) return when(!reference, form.notAReference('practitionerRole.practitioner'));
  return when(reference === isIdentifierReference(practitioner), form.NEITHER_REFERENCE);
}

const SAME: readonly string[] = [
  'groupIdentifier',
  'category',
  'authoredOn',
  'subject',
  'requester',
  'dispenseRequest.performer',
  'dispenseRequest.validityPeriod',
  'dispenseRequest.expectedSupplyDuration',
  `dispenseRequest.extension("${PERFORMER_SITE_TYPE}")`,
  `extension("${PRESCRIPTION_TYPE}")`,
  `extension("${RESPONSIBLE_PRACTITIONER}")`,
];

export function checkOrderBundle(bundle: MessageBundle): Issues {
  const requests = bundle.all('MedicationRequest');
  const ids = requests.map((request) => identifierOf(request['identifier'], LINE_ITEM));
  return [
    ...when(requests.length > ITEMS_MAX, form.TOO_MANY_REQUESTS),
    ...SAME.flatMap((field) => sameInAll(requests, field)),
    ...checkRequester(bundle, requests[0] ?? {}),
    ...(isRepeatDispensing(requests) ? checkRepeatDispensing(requests) : []),
    ...when(
      requests.some(({ status }) => status !== 'active'),
      form.incorrectIn('status', 'active'),
    ),
    ...when(new Set(ids).size !== ids.length, form.SAME_ITEM_TWICE),
    ...requests.flatMap(checkDosage),
  ];
}

function sameInAll(requests: readonly Json[], field: string): Issues {
  const values = different(requests, field);
  return values.length > 1 ? [form.inconsistent('MedicationRequest', field, values)] : [];
}

function checkRequester(bundle: MessageBundle, first: Json): Issues {
  const role = bundle.find(textAt(first, 'requester', 'reference')) ?? {};
  const practitioner = bundle.find(textAt(role, 'practitioner', 'reference'));
  const type = textAt(extensionOf(first, PRESCRIPTION_TYPE), 'valueCoding', 'code');
  return [
    ...checkOrganization(bundle, role, type),
    ...when(identifierOf(practitioner?.['identifier'], GMP) !== '', form.PROFESSIONAL_CODE),
  ];
}

/** A primary care prescription names its practice's parent and no healthcare service. */
function checkOrganization(bundle: MessageBundle, role: Json, type: string): Issues {
  const organization = bundle.find(textAt(role, 'organization', 'reference'));
  if (organization === undefined || !type.startsWith('01')) return [];
  if (has(role, 'healthcareService')) return [form.unexpectedField('practitionerRole.healthcareService')];
  return when(!has(organization, 'partOf'), form.missingField('organization.partOf'));
}

function checkRepeatDispensing(requests: readonly Json[]): Issues {
  const first = requests[0] ?? {};
  const supply = at(first, 'dispenseRequest');
  const fields = [
    'dispenseRequest.numberOfRepeatsAllowed',
    ...(objectsIn(extensionOf(first, UK_REPEAT)?.['extension']).length > 0 ? [`extension("${UK_REPEAT}")`] : []),
  ];
  const missing = ['validityPeriod', 'expectedSupplyDuration'].filter((name) => at(supply, name) === undefined);
  return [
    ...fields.flatMap((field) => sameInAll(requests, field)),
    ...missing.map((name) => form.missingIn('MedicationRequest', `dispenseRequest.${name}`)),
  ];
}

function checkDosage(request: Json): Issues {
  const dosages = objectsIn(request['dosageInstruction']);
  if (dosages.length === 0) return [form.missingField('dosageInstructions')];
  return when(dosages.length > 1 && dosages.some((dosage) => !has(dosage, 'sequence')), form.MISSING_SEQUENCE);
}

export function checkCancelBundle(bundle: MessageBundle): Issues {
  const requests = bundle.all('MedicationRequest');
  return [
    ...when(requests.length !== 1, form.NOT_ONE_REQUEST),
    ...when(
      requests.some(({ status }) => textIn(status) !== 'cancelled'),
      form.incorrectIn('status', 'cancelled'),
    ),
    ...when(
      requests.some((request) => !has(request, 'statusReason')),
      form.missingIn('MedicationRequest', 'statusReason'),
    ),
  ];
}
