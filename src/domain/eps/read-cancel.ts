/** Reads which item of which prescription an update wants cancelled. */
import { uncheckedPrescriptionId } from '../../nhs/prescription-id.ts';
import type { CancelItem } from './commands.ts';
import { namesFault, namesIn, prescriberOrganization } from './read-order.ts';
import { codingOf, itemId } from './read-parts.ts';
import type { EpsRefusal } from './refusals.ts';
import { MessageBundle } from './wire/message-bundle.ts';

export interface ReadCancel {
  readonly kind: 'cancel';
  readonly id: string;
  readonly shortId: string;
  readonly nhsNumber: string;
  readonly command: Omit<CancelItem, 'mayPlace'>;
}

export function readCancel(message: unknown): ReadCancel | EpsRefusal {
  const bundle = new MessageBundle(message);
  const { shortId, nhsNumber } = namesIn(bundle);
  const fault = namesFault(shortId, nhsNumber);
  if (fault !== null) return fault;
  const [request = {}] = bundle.all('MedicationRequest');
  return {
    kind: 'cancel',
    id: uncheckedPrescriptionId(shortId),
    shortId,
    nhsNumber,
    command: {
      name: 'cancel-item',
      item: itemId(request),
      reason: codingOf(request['statusReason']) ?? { code: '' },
      messageId: bundle.id.toLowerCase(),
      organization: prescriberOrganization(bundle).ods,
    },
  };
}
