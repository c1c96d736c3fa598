/** The patient as he stands in what is signed: recordTarget. */
import { element } from './canonical-xml.ts';
import { NHS_NUMBER } from './codes.ts';
import type { Reading } from './issues.ts';
import { objectsIn, textAt } from './json.ts';
import type { Json } from './json.ts';
import { address, dayDigits, genderCode, name, odsId, requiredIdentifier, telecom } from './signed-parts.ts';

/** Stands for a practice that is not known. */
const UNKNOWN_PRACTICE = 'V81999';
const UNKNOWN = element('id', { nullFlavor: 'UNK' });

export function recordTarget(patient: Json, attributes: Readonly<Record<string, string>>, reading: Reading): string {
  const nhsNumber = requiredIdentifier(
    patient['identifier'],
    { system: NHS_NUMBER, path: 'Patient.identifier' },
    reading,
  );
  const person = element(
    'patientPerson',
    { classCode: 'PSN', determinerCode: 'INSTANCE' },
    ...objectsIn(patient['name']).map((one) => name(one, 'Patient.name', reading)),
    element('administrativeGenderCode', {
      code: genderCode(patient['gender'], reading),
      codeSystem: '2.16.840.1.113883.2.1.3.2.4.16.25',
    }),
    element('birthTime', { value: dayDigits(patient['birthDate'], 'Patient.birthDate', reading) }),
    practice(patient, reading),
  );
  const content = element(
    'Patient',
    { classCode: 'PAT' },
    element('id', { extension: nhsNumber, root: '2.16.840.1.113883.2.1.4.1' }),
    ...objectsIn(patient['address']).map((one) => address(one, 'Patient.address', reading)),
    ...objectsIn(patient['telecom']).map((one) => telecom(one, 'Patient.telecom', reading)),
    person,
  );
  return element('recordTarget', { ...attributes, typeCode: 'RCT' }, content);
}

function practice(patient: Json, reading: Reading): string {
  const named = objectsIn(patient['generalPractitioner']);
  const one = named.length === 0 ? undefined : reading.only(named, 'Patient.generalPractitioner');
  const code = textAt(one, 'identifier', 'value');
  const provider = element(
    'healthCareProvider',
    { classCode: 'PROV' },
    code === '' || code === UNKNOWN_PRACTICE ? UNKNOWN : odsId(code),
  );
  const provision = element(
    'patientCareProvision',
    { classCode: 'PCPR', moodCode: 'EVN' },
    element('code', { code: '1', codeSystem: '2.16.840.1.113883.2.1.3.2.4.17.37' }),
    element('responsibleParty', { typeCode: 'RESP' }, provider),
  );
  const subject = element('subjectOf', { typeCode: 'SBJ' }, provision);
  return element('playedProviderPatient', { classCode: 'PAT' }, subject);
}
