/** What a prescriber signs of a prescription: the canonical text that is hashed. */
import { element } from './canonical-xml.ts';
import { PRESCRIPTION_ID, RESPONSIBLE_PRACTITIONER } from './codes.ts';
import { courseOfTherapy } from './course-of-therapy.ts';
import { Reading } from './issues.ts';
import type { Invalid } from './issues.ts';
import { at, extensionOf, objectIn, objectsIn, textAt } from './json.ts';
import type { Json } from './json.ts';
import { MessageBundle } from './message-bundle.ts';
import { readSignatureOf } from './prescription-signature.ts';
import { agentPerson } from './signed-author.ts';
import { lastRepeat, pertinentLineItem } from './signed-line-item.ts';
import { recordTarget } from './signed-patient.ts';

const HL7: Readonly<Record<string, string>> = { xmlns: 'urn:hl7-org:v3' };

export interface Fragments {
  readonly kind: 'fragments';
  /** The canonical text whose hash is signed. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

export interface FragmentContext {
  /** Milliseconds since 1970; counts where nothing says when it was signed. */
  readonly now: number;
}

export function prescriptionFragments(json: unknown, { now }: FragmentContext): Fragments | Invalid {
  const bundle = new MessageBundle(json);
  const reading = new Reading();
  const requests = bundle.all('MedicationRequest');
  const first = reading.only(requests.slice(0, 1), 'Bundle.entry', "resource.resourceType == 'MedicationRequest'");
  const patient = reading.only(bundle.all('Patient'), 'Bundle.entry', "resource.resourceType == 'Patient'");
  if (first === undefined || patient === undefined) return reading.fault ?? impossible();
  const target = recordTarget(patient, HL7, reading);
  const id = longId(first, reading);
  const course = courseOfTherapy(requests, reading);
  const repeats = lastRepeat(course, first, reading);
  const { signedAt } = readSignatureOf(bundle, reading);
  const author = agentPerson(bundle, first['requester'], { part: 'author', attributes: HL7, reading });
  const responsible = extensionOf(first, RESPONSIBLE_PRACTITIONER)?.['valueReference'];
  // Not signed, but a prescription whose responsible party makes no sense has no digest.
  if (responsible !== undefined) agentPerson(bundle, responsible, { part: 'responsible', attributes: HL7, reading });
  if (course === 'continuous-repeat-dispensing') checkSupply(first, reading);
  const items = requests.map((request, index) =>
    pertinentLineItem(request, { bundle, reading, attributes: HL7, repeats, first: index === 0 }),
  );
  if (reading.fault !== null) return reading.fault;
  const at14 = digits(signedAt ?? now);
  const head = element('time', { ...HL7, value: at14 }) + element('id', { ...HL7, root: id });
  const fragments = [head, author, target, ...items].map((content) => element('Fragment', {}, content));
  const text = element('FragmentsToBeHashed', {}, ...fragments);
  return { kind: 'fragments', text, signedAt: wholeSecond(signedAt ?? now) };
}

const impossible = (): never => {
  throw new Error('a missing resource without a fault');
};

const wholeSecond = (time: number): number => Math.floor(time / 1000) * 1000;

/** YYYYMMDDHHmmss in universal time. */
const digits = (time: number): string => new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);

function longId(first: Json, reading: Reading): string {
  const extensions = objectsIn(at(first, 'groupIdentifier', 'extension')).filter(({ url }) => url === PRESCRIPTION_ID);
  const path = 'MedicationRequest.groupIdentifier.extension';
  const one = reading.only(extensions, path, `url == '${PRESCRIPTION_ID}'`);
  return textAt(one, 'valueIdentifier', 'value').toUpperCase();
}

function checkSupply(first: Json, reading: Reading): void {
  const code = textAt(objectIn(first['dispenseRequest']), 'expectedSupplyDuration', 'code');
  if (code === 'd' || code === '') return;
  const path = 'MedicationRequest.dispenseRequest.expectedSupplyDuration.code';
  reading.refuse('INVALID_VALUE', 'Expected supply duration must be specified in days.', path);
}
