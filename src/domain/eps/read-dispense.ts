/** Reads what a dispense notification says of the items of an issue. */
import { isPrescriptionIdForm, uncheckedPrescriptionId } from '../../nhs/prescription-id.ts';
import type { NotifyDispense } from './commands.ts';
import type { DispensedItem, ItemStatus, PrescriptionStatus } from './prescription-state.ts';
import { codingOf, issueOf, itemId, medicationOf, organizationFrom, quantityOf, repeatsOf } from './read-parts.ts';
import type { Repeats } from './read-parts.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusal } from './refusals.ts';
import { BUSINESS_STATUS } from './wire/codes.ts';
import { at, extensionOf, objectsIn, textAt, textIn } from './wire/json.ts';
import type { Json } from './wire/json.ts';
import { MessageBundle } from './wire/message-bundle.ts';
import { dosageText } from './wire/dosage-text.ts';

export const REPLACEMENT_OF = 'https://fhir.nhs.uk/StructureDefinition/Extension-replacementOf';

export interface ReadDispense {
  readonly kind: 'dispense';
  readonly id: string;
  readonly nhsNumber: string;
  readonly command: NotifyDispense;
}

export function readDispense(message: unknown): ReadDispense | EpsRefusal {
  const bundle = new MessageBundle(message);
  const dispenses = bundle.all('MedicationDispense');
  const [first] = dispenses;
  const request = requestIn(first);
  const shortId = textAt(request, 'groupIdentifier', 'value').toUpperCase();
  if (first === undefined || !isPrescriptionIdForm(shortId)) return refuse('PRESCRIPTION_NOT_FOUND');
  const replaced = at(extensionOf(bundle.all('MessageHeader')[0], REPLACEMENT_OF), 'valueIdentifier');
  const replaces = textAt(replaced, 'value').toLowerCase();
  const repeats = repeatsIn(first);
  const issue = issueOf(repeats);
  const status = textAt(extensionOf(first, BUSINESS_STATUS), 'valueCoding', 'code') as PrescriptionStatus;
  return {
    kind: 'dispense',
    id: uncheckedPrescriptionId(shortId),
    nhsNumber: textAt(first, 'subject', 'identifier', 'value'),
    command: {
      name: 'notify-dispense',
      messageId: bundle.id.toLowerCase(),
      ...(replaces === '' ? {} : { replaces }),
      organization: organizationFrom(bundle.all('Organization')[0]),
      status,
      items: dispenses.map((dispense) => itemFrom(dispense, bundle)),
      ...(issue === undefined ? {} : { issue }),
      ...(repeats?.allowed === undefined ? {} : { issues: repeats.allowed + 1 }),
    },
  };
}

const contained = (dispense: Json | undefined): readonly Json[] => objectsIn(dispense?.['contained']);

/** The request that authorises the dispense, contained in it. */
function requestIn(dispense: Json | undefined): Json {
  const name = textAt(dispense, 'authorizingPrescription', 0, 'reference').replace(/^#/, '');
  const requests = contained(dispense).filter(({ resourceType }) => resourceType === 'MedicationRequest');
  return requests.find(({ id }) => id === name) ?? requests[0] ?? {};
}

function repeatsIn(dispense: Json): Repeats | null {
  const request = requestIn(dispense);
  // The request is as the release handed it out; the dispenser's own count is sometimes one ahead.
  return repeatsOf(at(request, 'basedOn', 0)) ?? repeatsOf(dispense) ?? repeatsOf(request);
}

function itemFrom(dispense: Json, bundle: MessageBundle): DispensedItem {
  const request = requestIn(dispense);
  const quantity = quantityOf(dispense['quantity']);
  const dosage = dosageText(dispense['dosageInstruction']);
  const reason = codingOf(dispense['statusReasonCodeableConcept']);
  const handedOver = textIn(dispense['whenHandedOver']);
  const find = (reference: string) =>
    bundle.find(reference) ?? contained(dispense).find(({ id }) => `#${textIn(id)}` === reference);
  return {
    id: itemId(request),
    status: textAt(dispense, 'type', 'coding', 0, 'code') as ItemStatus,
    dispenseId: textAt(dispense, 'identifier', 0, 'value'),
    medication: medicationOf(dispense, find),
    ...(quantity === undefined ? {} : { quantity }),
    ...(dosage === '' ? {} : { dosage }),
    ...(reason === undefined ? {} : { reason }),
    ...(handedOver === '' ? {} : { whenHandedOver: handedOver }),
  };
}
