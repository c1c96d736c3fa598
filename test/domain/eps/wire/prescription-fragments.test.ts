import { describe, expect, test } from 'vitest';
import { prescriptionFragments } from '../../../../src/domain/eps/wire/prescription-fragments.ts';
import { signedInfo } from '../../../../src/domain/eps/wire/signed-info.ts';
import { parseLossless } from '../../../../src/fhir/lossless-json.ts';
import { order } from '../../../support/prescription-order.ts';

const NOW = Date.UTC(2026, 2, 13, 10, 0, 0, 250);

type Resource = Record<string, unknown>;

const text = (bundle: unknown): string => {
  const fragments = prescriptionFragments(bundle, { now: NOW });
  if (fragments.kind === 'invalid') throw new Error(JSON.stringify(fragments.issues));
  return fragments.text;
};

const faultOf = (bundle: unknown) => {
  const fragments = prescriptionFragments(bundle, { now: NOW });
  if (fragments.kind !== 'invalid') throw new Error('no fault');
  const [{ coding, expression } = {}] = fragments.issues;
  return [coding?.code, coding?.display, expression?.[0]];
};

const changed = (type: string, change: Resource, wish = {}): ReturnType<typeof order> => {
  const bundle = order(wish);
  const found = bundle.entry.find(({ resource }) => resource['resourceType'] === type);
  Object.assign(found?.resource ?? {}, change);
  return bundle;
};

const inside = (whole: string, tag: string): string => new RegExp(`<${tag}[ >].*?</${tag}>`).exec(whole)?.[0] ?? '';

describe('fragments', () => {
  test('EPS-W04 time and long id stand first, in digits and capitals; nothing closes itself', () => {
    const whole = text(order());
    expect(whole).toMatch(
      /^<FragmentsToBeHashed><Fragment><time xmlns="urn:hl7-org:v3" value="20260313100000"><\/time><id xmlns="urn:hl7-org:v3" root="7C6F2B1E-5C1E-4A11-9D35-6F4B7F1B3C77"><\/id><\/Fragment>/,
    );
    expect(whole.match(/<Fragment>/g)).toHaveLength(5);
    expect(whole).not.toContain('/>');
  });

  test('EPS-W05 the prescriber: role, job, telephone, one professional code, organisation and licence', () => {
    const author = inside(text(order()), 'AgentPerson');
    expect(author).toContain('<id extension="200102238987" root="1.2.826.0.1285.0.2.0.67"></id>');
    expect(author).toContain('<telecom use="WP" value="tel:01234567890"></telecom>');
    expect(author).toContain('<id extension="6095103" root="1.2.826.0.1285.0.2.1.54"></id>');
    expect(author).toContain('<name><prefix>DR</prefix><given>C</given><family>BOIN</family></name>');
    expect(inside(author, 'healthCareProviderLicense')).toContain('<name>COUNTY GROUP</name>');
    const own = inside(text(changed('Organization', { partOf: undefined })), 'healthCareProviderLicense');
    expect(own).toContain('<name>HALL PRACTICE</name>');
  });

  test('EPS-W05 two professional codes, or none, are a fault', () => {
    const codes = (names: readonly string[]) => ({
      identifier: names.map((name) => ({ system: `https://fhir.hl7.org.uk/Id/${name}`, value: '1' })),
    });
    expect(faultOf(changed('Practitioner', codes([])))[0]).toBe('TOO_FEW_VALUES_SUBMITTED');
    expect(faultOf(changed('Practitioner', codes(['gmc-number', 'nmc-number'])))).toEqual([
      'TOO_MANY_VALUES_SUBMITTED',
      'Expected exactly one professional code. One of GMC|GMP|NMC|GPhC|HCPC|unknown. But got: 1, 1',
      'Practitioner.identifier',
    ]);
  });

  test('EPS-W06 the patient: letters that XML needs are escaped, an unknown practice is null', () => {
    const target = inside(text(order()), 'recordTarget');
    expect(target).toContain('<family>MORGAN &amp; SONS</family>');
    expect(target).toContain('<streetAddressLine>1 "High" Street</streetAddressLine>');
    expect(target).toContain('<birthTime value="19700405"></birthTime>');
    expect(inside(target, 'name')).toMatch(/^<name use="L">/);
    const unknown = inside(text(changed('Patient', { generalPractitioner: undefined })), 'healthCareProvider');
    expect(unknown).toContain('<id nullFlavor="UNK"></id>');
    expect(faultOf(changed('Patient', { gender: 'x' }))).toEqual([
      'INVALID_VALUE',
      "Unhandled gender 'x'.",
      'Patient.gender',
    ]);
  });

  test('EPS-W07 quantities are signed as they were written', () => {
    const lossless = parseLossless(JSON.stringify(order()).replace('"value":28,', '"value":28.0,'));
    expect(inside(text(lossless), 'quantity')).toMatch(
      /^<quantity unit="1" value="28\.0"><translation .* value="28\.0">/,
    );
  });

  test('EPS-W08 repeats: none when acute, one when repeat prescribing, all issues when repeat dispensing', () => {
    const repeats = (wish: object) => inside(text(order(wish)), 'repeatNumber');
    expect(repeats({})).toBe('');
    expect(repeats({ course: 'continuous', repeatsAllowed: 5 })).toContain('<high value="1">');
    const dispensing = { course: 'continuous-repeat-dispensing' };
    expect(repeats({ ...dispensing, repeatsAllowed: 5 })).toContain('<high value="6">');
    expect(faultOf(order({ course: 'continuous-repeat-dispensing' }))[1]).toBe(
      'Number of repeats allowed is required.',
    );
    const basis = {
      extension: [
        {
          url: 'https://fhir.nhs.uk/StructureDefinition/Extension-EPS-RepeatInformation',
          extension: [{ url: 'numberOfRepeatsAllowed', valueInteger: 7 }],
        },
      ],
    };
    const released = changed('MedicationRequest', { basedOn: [basis] }, { ...dispensing, repeatsAllowed: 0 });
    expect(inside(text(released), 'repeatNumber')).toContain('<high value="8">');
  });

  test('EPS-W08 acute and continuous items together are acute; other mixtures are a fault', () => {
    const mixed = (code: string) => changed('MedicationRequest', { courseOfTherapyType: { coding: [{ code }] } });
    expect(inside(text(mixed('continuous')), 'repeatNumber')).toBe('');
    expect(faultOf(mixed('continuous-repeat-dispensing'))[1]).toBe(
      "Course of therapy type must either match for all MedicationRequests or be a mixture of 'acute' and 'continuous'.",
    );
  });

  test('EPS-W09 dosages of one sequence are joined by and, sequences by then', () => {
    const dosage = (sequence: number, said: string) => ({ sequence, text: said });
    const dosageInstruction = [dosage(2, 'c'), dosage(1, 'a'), dosage(1, 'b')];
    expect(text(changed('MedicationRequest', { dosageInstruction }))).toContain('<value>a, and b, then c</value>');
  });

  test('EPS-W10 what is said to the patient stands on the first item, XML within XML', () => {
    const told = changed('MedicationRequest', {
      note: [{ text: 'a & b' }],
      extension: [
        {
          url: 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-ControlledDrug',
          extension: [{ url: 'quantityWords', valueString: 'ten' }],
        },
      ],
    });
    told.entry.push(
      { fullUrl: 'urn:list', resource: { resourceType: 'List', entry: [{ item: { display: 'X 5mg' } }] } },
      {
        fullUrl: 'urn:talk',
        resource: {
          resourceType: 'CommunicationRequest',
          payload: [{ contentString: 'Call <us>' }, { contentReference: { reference: 'urn:list' } }],
        },
      },
    );
    const values = [...text(told).matchAll(/<pertinentAdditionalInstructions[^]*?<value>([^]*?)<\/value>/g)].map(
      ([, one]) => one,
    );
    expect(values).toEqual([
      '&lt;medication&gt;X 5mg&lt;/medication&gt;&lt;patientInfo&gt;Call &amp;lt;us&amp;gt;&lt;/patientInfo&gt;CD: ten\na &amp;amp; b',
    ]);
  });

  test('EPS-W11 endorsements come after what is said and before the dosage', () => {
    const endorsed = changed('MedicationRequest', {
      note: [{ text: 'n' }],
      extension: [
        {
          url: 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionEndorsement',
          valueCodeableConcept: {
            coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/medicationrequest-endorsement', code: 'FS' }],
          },
        },
      ],
    });
    const order131 = [...inside(text(endorsed), 'pertinentLineItem').matchAll(/<pertinentInformation(\d)/g)];
    expect(order131.map(([, number]) => number)).toEqual(['1', '3', '2']);
  });

  test('EPS-W12 the time of the signature of the requester counts; any other is not his', () => {
    const provenance = (reference: string) => {
      const bundle = order();
      const resource = {
        resourceType: 'Provenance',
        signature: [{ who: { reference }, when: '2026-01-02T03:04:05+01:00', data: 'eA==' }],
      };
      bundle.entry.push({ fullUrl: 'urn:p', resource });
      return text(bundle);
    };
    const role = 'urn:uuid:0a6f2b1e-5c1e-4a11-9d35-6f4b7f1b3c01';
    expect(provenance(role)).toContain('value="20260102020405"');
    expect(provenance('urn:other')).toContain('value="20260313100000"');
  });

  test('EPS-W13 a reference to nothing is a fault that says where', () => {
    expect(faultOf(changed('MedicationRequest', { requester: { reference: 'urn:gone' } }))).toEqual([
      'TOO_FEW_VALUES_SUBMITTED',
      "Too few values submitted. Expected 1 element where fullUrl == 'urn:gone'.",
      'Bundle.entry',
    ]);
    expect(faultOf({ resourceType: 'Bundle' })[0]).toBe('TOO_FEW_VALUES_SUBMITTED');
  });

  test('EPS-W14 the signed information names the algorithms of its hash', () => {
    expect(signedInfo('abc=', 'SHA-256')).toContain('xmldsig-more#rsa-sha256"></SignatureMethod>');
    expect(signedInfo('abc=', 'SHA-1')).toContain('xmldsig#rsa-sha1"></SignatureMethod>');
    expect(signedInfo('abc=', 'SHA-1')).toMatch(/^<SignedInfo xmlns="http:\/\/www\.w3\.org\/2000\/09\/xmldsig#">/);
  });
});
