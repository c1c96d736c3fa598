/**
 * The elements of the FHIR R4 types that services take in: which names exist, which repeat, what they hold.
 * `name` is a string, `name:Type` something else, a trailing `*` a list. `any` is only looked through for empty strings.
 */

const TABLE: Readonly<Record<string, string>> = {
  Identifier: 'use type:CodeableConcept system value period:Period assigner:Reference',
  CodeableConcept: 'coding:Coding* text',
  Coding: 'system version code display userSelected:boolean',
  Reference: 'reference type identifier:Identifier display',
  Period: 'start end',
  Quantity: 'value:number comparator unit system code',
  HumanName: 'use text family given* prefix* suffix* period:Period',
  Address: 'use type text line* city district state postalCode country period:Period',
  ContactPoint: 'system value use rank:number period:Period',
  Annotation: 'authorReference:Reference authorString time text',
  Narrative: 'status div',
  Meta: 'versionId lastUpdated source profile* security:Coding* tag:Coding*',
  Extension: 'url',

  Bundle: 'identifier:Identifier type timestamp total:number link:any* entry:BundleEntry* signature:any',
  BundleEntry: 'link:any* fullUrl resource:Resource search:any request:any response:any',
  Composition:
    'identifier:Identifier status type:CodeableConcept category:CodeableConcept* subject:Reference encounter:Reference date author:Reference* title confidentiality attester:any* custodian:Reference relatesTo:RelatesTo* event:any* section:Section*',
  RelatesTo: 'code targetIdentifier:Identifier targetReference:Reference',
  Section:
    'title code:CodeableConcept author:Reference* focus:Reference text:Narrative mode orderedBy:CodeableConcept entry:Reference* emptyReason:CodeableConcept section:Section*',
  Patient:
    'identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint* gender birthDate deceasedBoolean:boolean deceasedDateTime address:Address* maritalStatus:CodeableConcept multipleBirthBoolean:boolean multipleBirthInteger:number photo:any* contact:any* communication:any* generalPractitioner:Reference* managingOrganization:Reference link:any*',
  PractitionerRole:
    'identifier:Identifier* active:boolean period:Period practitioner:Reference organization:Reference code:CodeableConcept* specialty:CodeableConcept* location:Reference* healthcareService:Reference* telecom:ContactPoint* availableTime:any* notAvailable:any* availabilityExceptions endpoint:Reference*',
  Practitioner:
    'identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint* address:Address* gender birthDate photo:any* qualification:any* communication:CodeableConcept*',
  Organization:
    'identifier:Identifier* active:boolean type:CodeableConcept* name alias* telecom:ContactPoint* address:Address* partOf:Reference contact:any* endpoint:Reference*',
  Condition:
    'identifier:Identifier* clinicalStatus:CodeableConcept verificationStatus:CodeableConcept category:CodeableConcept* severity:CodeableConcept code:CodeableConcept bodySite:CodeableConcept* subject:Reference encounter:Reference onsetDateTime onsetAge:Quantity onsetPeriod:Period onsetRange:any onsetString abatementDateTime abatementAge:Quantity abatementPeriod:Period abatementRange:any abatementString recordedDate recorder:Reference asserter:Reference stage:any* evidence:Evidence* note:Annotation*',
  Evidence: 'code:CodeableConcept* detail:Reference*',
  Observation:
    'identifier:Identifier* basedOn:Reference* partOf:Reference* status category:CodeableConcept* code:CodeableConcept subject:Reference focus:Reference* encounter:Reference effectiveDateTime effectivePeriod:Period effectiveTiming:any effectiveInstant issued performer:Reference* valueQuantity:Quantity valueCodeableConcept:CodeableConcept valueString valueBoolean:boolean valueInteger:number valueRange:any valueRatio:any valueSampledData:any valueTime valueDateTime valuePeriod:Period dataAbsentReason:CodeableConcept interpretation:CodeableConcept* note:Annotation* bodySite:CodeableConcept method:CodeableConcept specimen:Reference device:Reference referenceRange:any* hasMember:Reference* derivedFrom:Reference* component:any*',
  Procedure:
    'identifier:Identifier* instantiatesCanonical* instantiatesUri* basedOn:Reference* partOf:Reference* status statusReason:CodeableConcept category:CodeableConcept code:CodeableConcept subject:Reference encounter:Reference performedDateTime performedPeriod:Period performedString performedAge:Quantity performedRange:any recorder:Reference asserter:Reference performer:any* location:Reference reasonCode:CodeableConcept* reasonReference:Reference* bodySite:CodeableConcept* outcome:CodeableConcept report:Reference* complication:CodeableConcept* complicationDetail:Reference* followUp:CodeableConcept* note:Annotation* focalDevice:any* usedReference:Reference* usedCode:CodeableConcept*',
  Communication:
    'identifier:Identifier* instantiatesCanonical* instantiatesUri* basedOn:Reference* partOf:Reference* inResponseTo:Reference* status statusReason:CodeableConcept category:CodeableConcept* priority medium:CodeableConcept* subject:Reference topic:CodeableConcept about:Reference* encounter:Reference sent received recipient:Reference* sender:Reference reasonCode:CodeableConcept* reasonReference:Reference* payload:any* note:Annotation*',
  Encounter:
    'identifier:Identifier* status statusHistory:any* class:Coding classHistory:any* type:CodeableConcept* serviceType:CodeableConcept priority:CodeableConcept subject:Reference episodeOfCare:Reference* basedOn:Reference* participant:EncounterParticipant* appointment:Reference* period:Period length:Quantity reasonCode:CodeableConcept* reasonReference:Reference* diagnosis:any* account:Reference* hospitalization:any location:any* serviceProvider:Reference partOf:Reference',
  EncounterParticipant: 'type:CodeableConcept* period:Period individual:Reference',
  Device:
    'identifier:Identifier* definition:Reference udiCarrier:any* status statusReason:CodeableConcept* distinctIdentifier manufacturer manufactureDate expirationDate lotNumber serialNumber deviceName:DeviceName* modelNumber partNumber type:CodeableConcept specialization:any* version:DeviceVersion* property:any* patient:Reference owner:Reference contact:ContactPoint* location:Reference url note:Annotation* safety:CodeableConcept* parent:Reference',
  DeviceName: 'name type',
  DeviceVersion: 'type:CodeableConcept component:Identifier value',
  RelatedPerson:
    'identifier:Identifier* active:boolean patient:Reference relationship:CodeableConcept* name:HumanName* telecom:ContactPoint* gender birthDate address:Address* photo:any* period:Period communication:any*',
  Parameters: 'parameter:Parameter*',
  Parameter: 'name resource:Resource part:Parameter*',
  AuditEvent:
    'type:Coding subtype:Coding* action period:Period recorded outcome outcomeDesc purposeOfEvent:CodeableConcept* agent:AuditAgent* source:AuditSource entity:AuditEntity*',
  AuditAgent:
    'type:CodeableConcept role:CodeableConcept* who:Reference altId name requestor:boolean location:Reference policy* media:Coding network:any purposeOfUse:CodeableConcept*',
  AuditSource: 'site observer:Reference type:Coding*',
  AuditEntity:
    'what:Reference type:Coding role:Coding lifecycle:Coding securityLabel:Coding* name description query detail:any*',
  Flag: 'identifier:Identifier* status category:CodeableConcept* code:CodeableConcept subject:Reference period:Period encounter:Reference author:Reference',
};

const RESOURCES = new Set(
  'Bundle Composition Patient PractitionerRole Practitioner Organization Condition Observation Procedure Communication Encounter Device RelatedPerson Parameters AuditEvent Flag'.split(
    ' ',
  ),
);

/** Types whose value may be of any kind: `valueString`, `valueCoding` and so on. */
const OPEN_VALUES = new Set(['Extension', 'Parameter']);

export interface ElementRule {
  readonly type: string;
  readonly repeats: boolean;
}

const rule = (type: string, repeats = false): ElementRule => ({ type, repeats });

const EVERYWHERE: readonly (readonly [string, ElementRule])[] = [
  ['id', rule('string')],
  ['extension', rule('Extension', true)],
  ['modifierExtension', rule('Extension', true)],
];

const IN_RESOURCES: readonly (readonly [string, ElementRule])[] = [
  ['resourceType', rule('string')],
  ['meta', rule('Meta')],
  ['implicitRules', rule('string')],
  ['language', rule('string')],
  ['text', rule('Narrative')],
  ['contained', rule('Resource', true)],
];

const rules = new Map(
  Object.entries(TABLE).map(([type, text]) => {
    const own = text.split(' ').map((word): [string, ElementRule] => {
      const repeats = word.endsWith('*');
      const [name = '', of = 'string'] = (repeats ? word.slice(0, -1) : word).split(':');
      return [name, rule(of, repeats)];
    });
    return [type, new Map([...EVERYWHERE, ...(RESOURCES.has(type) ? IN_RESOURCES : []), ...own])];
  }),
);

export const isKnownResource = (type: string): boolean => RESOURCES.has(type);

/** Undefined where the type has no such element. */
export function elementRule(type: string, name: string): ElementRule | undefined {
  const found = rules.get(type)?.get(name);
  if (found !== undefined) return found;
  if (OPEN_VALUES.has(type) && /^value[A-Z]/.test(name)) return rule('any');
  return name.startsWith('_') && rules.get(type)?.has(name.slice(1)) ? rule('any') : undefined;
}
