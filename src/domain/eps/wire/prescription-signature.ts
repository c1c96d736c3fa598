/** The signature of the one who asks for the medication, as it stands in an order. */
import { isDateTime } from '../../../fhir/dates.ts';
import { Reading } from './issues.ts';
import { objectsIn, textAt, textIn } from './json.ts';
import { MessageBundle } from './message-bundle.ts';

export interface PrescriptionSignature {
  /** Base64; '' where there is none. */
  readonly data: string;
  /** Milliseconds since 1970; undefined where nothing is signed. */
  readonly signedAt: number | undefined;
}

export const signatureOf = (bundle: unknown): PrescriptionSignature =>
  readSignatureOf(new MessageBundle(bundle), new Reading());

/** The one whose `who` is the requester of the first item. */
export function readSignatureOf(bundle: MessageBundle, reading: Reading): PrescriptionSignature {
  const signatory = textAt(bundle.all('MedicationRequest')[0], 'requester', 'reference');
  const signatures = bundle
    .all('Provenance')
    .flatMap(({ signature }) => objectsIn(signature))
    .filter((signature) => textAt(signature, 'who', 'reference') === signatory);
  const one = reading.atMostOne(signatures, 'Provenance.signature', `who.reference == '${signatory}'`);
  if (one === undefined) return { data: '', signedAt: undefined };
  const when = textIn(one['when']);
  const time = isDateTime(when) ? Date.parse(inUniversalTime(when)) : Number.NaN;
  if (Number.isNaN(time))
    reading.refuse('INVALID_VALUE', `Incorrect format for date time string '${when}'.`, 'Provenance.signature.when');
  return { data: textIn(one['data']), signedAt: Number.isNaN(time) ? undefined : time };
}

/** Without an offset a time is read as universal. */
const inUniversalTime = (when: string): string =>
  when.includes('T') && !/(?:Z|[+-]\d{2}:\d{2})$/.test(when) ? `${when}Z` : when;
