/** The prescriber and the organisation acted for, as they stand in what is signed: AgentPerson. */
import { element, text } from './canonical-xml.ts';
import { DIN, GMC, JOB_ROLES, ODS_CODE, PROFESSIONAL_CODES, SDS_ROLE, SDS_USER, SPURIOUS_CODE } from './codes.ts';
import type { Reading } from './issues.ts';
import { at, has, objectIn, objectsIn, textIn } from './json.ts';
import type { Json } from './json.ts';
import { isReference } from './message-bundle.ts';
import type { MessageBundle } from './message-bundle.ts';
import { address, name, odsId, optionalIdentifier, requiredIdentifier, telecom } from './signed-parts.ts';

/** Whoever cancels is known by his user id alone. */
export type Part = 'author' | 'responsible' | 'canceller';

interface Acting {
  readonly bundle: MessageBundle;
  readonly role: Json;
  readonly practitioner: Json | undefined;
  readonly organization: Json;
}

/** `part`: the responsible party is known by a prescribing code where it has one. */
export function agentPerson(
  bundle: MessageBundle,
  roleReference: unknown,
  options: { part: Part; attributes: Readonly<Record<string, string>>; reading: Reading },
): string {
  const { part, attributes, reading } = options;
  const role = bundle.resolve(roleReference, reading);
  const practitioner = has(role, 'practitioner') ? practitionerOf(bundle, role, reading) : undefined;
  const acting: Acting = { bundle, role, practitioner, organization: organizationOf(bundle, role, reading) };
  const roleId = has(role, 'identifier')
    ? element('id', {
        extension: requiredIdentifier(
          role['identifier'],
          { system: SDS_ROLE, path: 'PractitionerRole.identifier' },
          reading,
        ),
        root: '1.2.826.0.1285.0.2.0.67',
      })
    : '';
  return element(
    'AgentPerson',
    { ...attributes, classCode: 'AGNT' },
    roleId,
    has(role, 'code') ? element('code', { code: jobRole(role, reading), codeSystem: '1.2.826.0.1285.0.2.1.104' }) : '',
    ...telecoms(acting, reading),
    practitioner === undefined ? '' : person(acting, part, reading),
    representedOrganization(acting, part, reading),
  );
}

/** A practitioner given by identifier and display alone has an unstructured name. */
function practitionerOf(bundle: MessageBundle, role: Json, reading: Reading): Json {
  const reference = objectIn(role['practitioner']);
  if (isReference(reference)) return bundle.resolve(reference, reading);
  const organization = role['organization'];
  const display = isReference(organization) ? bundle.resolve(organization, reading)['name'] : reference['display'];
  return { identifier: [reference['identifier']], name: [{ text: textIn(display) }] };
}

function organizationOf(bundle: MessageBundle, role: Json, reading: Reading): Json {
  const reference = objectIn(role['organization']);
  if (isReference(reference)) return bundle.resolve(reference, reading);
  const places = objectsIn(role['location']).map((place) => bundle.resolve(place, reading)['address']);
  return {
    identifier: [reference['identifier']],
    name: reference['display'],
    telecom: role['telecom'],
    address: places,
  };
}

export function jobRole(role: Json, reading: Reading): string {
  const codings = objectsIn(role['code']).flatMap((code) => objectsIn(code['coding']));
  for (const system of JOB_ROLES) {
    const found = codings.filter((coding) => coding['system'] === system);
    const one = reading.atMostOne(found, 'PractitionerRole.code.coding', `system == '${system}'`);
    if (one !== undefined) return textIn(one['code']);
  }
  const message = `Too few values submitted. Expected at least 1 element where system in [${JOB_ROLES.join(', ')}].`;
  reading.refuse('TOO_FEW_VALUES_SUBMITTED', message, '');
  return '';
}

/** Of the role; else of the practitioner, or of the organisation where the practitioner is an identifier alone. */
function telecoms({ organization, practitioner, role }: Acting, reading: Reading): readonly string[] {
  const second = isReference(role['practitioner'])
    ? { points: practitioner?.['telecom'], path: 'Practitioner.telecom' }
    : { points: organization['telecom'], path: 'Organization.telecom' };
  const { points, path } = has(role, 'telecom')
    ? { points: role['telecom'], path: 'PractitionerRole.telecom' }
    : second;
  if (points === undefined) {
    const message = 'ResponsiblePractitioner must have at least one telecom.';
    reading.refuse('TOO_FEW_VALUES_SUBMITTED', message, 'PractitionerRole.telecom');
  }
  return objectsIn(points).map((point) => telecom(point, path, reading));
}

function person({ practitioner = {}, role }: Acting, part: Part, reading: Reading): string {
  const names = objectsIn(practitioner['name']);
  const one = has(practitioner, 'name') ? reading.only(names, 'Practitioner.name') : undefined;
  return element(
    'agentPerson',
    { classCode: 'PSN', determinerCode: 'INSTANCE' },
    element('id', personId({ part, practitioner, role }, reading)),
    one === undefined ? '' : name(one, 'Practitioner.name', reading),
  );
}

interface Known {
  readonly part: Part;
  readonly practitioner: Json;
  readonly role: Json;
}

function personId({ part, practitioner, role }: Known, reading: Reading): { extension: string; root: string } {
  if (part === 'canceller') {
    const user = { system: SDS_USER, path: 'Practitioner.identifier' };
    return {
      extension: requiredIdentifier(practitioner['identifier'], user, reading),
      root: '1.2.826.0.1285.0.2.0.65',
    };
  }
  const prescribing = part === 'responsible' ? prescribingCode(role, practitioner, reading) : '';
  const code = prescribing === '' ? professionalCode(practitioner, reading) : prescribing;
  return { extension: code, root: '1.2.826.0.1285.0.2.1.54' };
}

function prescribingCode(role: Json, practitioner: Json, reading: Reading): string {
  const spurious = { system: SPURIOUS_CODE, path: 'PractitionerRole.identifier' };
  const din = { system: DIN, path: 'Practitioner.identifier' };
  return (
    optionalIdentifier(role['identifier'], spurious, reading) ||
    optionalIdentifier(practitioner['identifier'], din, reading)
  );
}

function professionalCode(practitioner: Json, reading: Reading): string {
  const path = 'Practitioner.identifier';
  const codes = PROFESSIONAL_CODES.flatMap((system) => {
    const value = optionalIdentifier(practitioner['identifier'], { system, path }, reading);
    if (value === '') return [];
    return [system === GMC && /^c/i.test(value) ? value.slice(1) : value];
  });
  if (codes.length !== 1) {
    const got = codes.length === 0 ? '' : `But got: ${codes.join(', ')}`;
    const code = codes.length === 0 ? 'TOO_FEW_VALUES_SUBMITTED' : 'TOO_MANY_VALUES_SUBMITTED';
    const list = 'GMC|GMP|NMC|GPhC|HCPC|unknown';
    reading.refuse(code, `Expected exactly one professional code. One of ${list}. ${got}`, path);
  }
  return codes[0] ?? '';
}

/** A healthcare service lends its own name, telephone and place; the licence stays the organisation's. */
function representedOrganization({ bundle, organization, role }: Acting, part: Part, reading: Reading): string {
  const service = has(role, 'healthcareService') ? serviceOf(bundle, role, reading) : undefined;
  const centre = service ?? organization;
  const type = service === undefined ? 'Organization' : 'HealthcareService';
  const points = Array.isArray(centre['telecom']) ? objectsIn(centre['telecom']) : undefined;
  const point = reading.only(points, `${type}.telecom`);
  const place = service === undefined ? addressOf(organization, reading) : locationOf(bundle, service, reading);
  return element(
    'representedOrganization',
    { classCode: 'ORG', determinerCode: 'INSTANCE' },
    organizationDetails(centre, type, reading),
    point === undefined ? '' : telecom(point, `${type}.telecom`, reading),
    address(place, service === undefined ? 'Organization.address' : 'Location.address', reading),
    part === 'canceller' ? '' : licence(bundle, organization, reading),
  );
}

function serviceOf(bundle: MessageBundle, role: Json, reading: Reading): Json {
  const reference = at(role, 'healthcareService', 0);
  if (isReference(reference)) return bundle.resolve(reference, reading);
  const { display, identifier } = objectIn(reference);
  return { identifier: [identifier], name: display, telecom: role['telecom'], location: role['location'] };
}

function addressOf(organization: Json, reading: Reading): Json {
  const places = Array.isArray(organization['address']) ? objectsIn(organization['address']) : undefined;
  return reading.only(places, 'Organization.address') ?? {};
}

function locationOf(bundle: MessageBundle, service: Json, reading: Reading): Json {
  const places = Array.isArray(service['location']) ? objectsIn(service['location']) : undefined;
  const location = bundle.resolve(reading.only(places, 'HealthcareService.location'), reading);
  if (!has(location, 'address')) reading.refuse('INVALID_VALUE', 'Address must be provided.', 'Location.address');
  return objectIn(location['address']);
}

function organizationDetails(organization: Json, type: string, reading: Reading): string {
  const place = { system: ODS_CODE, path: `${type}.identifier` };
  const called = textIn(organization['name']);
  const id = odsId(requiredIdentifier(organization['identifier'], place, reading));
  if (called === '') reading.refuse('INVALID_VALUE', 'Name must be provided.', `${type}.address`);
  const code = element('code', { code: '999', codeSystem: '2.16.840.1.113883.2.1.3.2.4.17.94' });
  return id + code + element('name', {}, text(called));
}

function licence(bundle: MessageBundle, organization: Json, reading: Reading): string {
  const partOf = objectIn(organization['partOf']);
  const parent = !has(organization, 'partOf')
    ? organization
    : isReference(partOf)
      ? bundle.resolve(partOf, reading)
      : { identifier: [partOf['identifier']], name: partOf['display'] };
  const holder = element(
    'Organization',
    { classCode: 'ORG', determinerCode: 'INSTANCE' },
    organizationDetails(parent, 'Organization', reading),
  );
  return element('healthCareProviderLicense', { classCode: 'PROV' }, holder);
}
