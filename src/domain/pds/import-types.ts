/**
 * Whether an imported resource has the types that the rules read. Old records may hold odd values, and those are kept;
 * but a text where a list belongs would break the first search or copy that meets it, so its line is refused.
 */
import { isObject } from './shape.ts';

interface Members {
  readonly [member: string]: Form;
}
type Form =
  | 'text'
  /** Texts, with null in the places of blank ones. */
  | 'texts'
  | { readonly one: () => Members }
  | { readonly many: () => Members };

const one = (members: Members): Form => ({ one: () => members });
const many = (members: Members): Form => ({ many: () => members });

const coding = many({ system: 'text', code: 'text', display: 'text' });
const concept = one({ coding });
const period = one({ start: 'text', end: 'text' });
const extension: Form = { many: () => extensionMembers };
const identifierMembers: Members = {
  system: 'text',
  value: 'text',
  period,
  extension,
  assigner: one({ identifier: one({ system: 'text', value: 'text' }) }),
};
const reference = one({ reference: 'text', type: 'text', identifier: one(identifierMembers) });
const addressMembers: Members = {
  id: 'text',
  use: 'text',
  text: 'text',
  line: 'texts',
  city: 'text',
  district: 'text',
  country: 'text',
  postalCode: 'text',
  period,
  extension,
};
const extensionMembers: Members = {
  url: 'text',
  extension,
  valueString: 'text',
  valueCode: 'text',
  valueDateTime: 'text',
  valueCodeableConcept: concept,
  valueCoding: one({ code: 'text' }),
  valueReference: reference,
  valueAddress: one(addressMembers),
  valuePeriod: period,
};
const name = many({
  id: 'text',
  use: 'text',
  family: 'text',
  given: 'texts',
  prefix: 'texts',
  suffix: 'texts',
  period,
  extension,
});
const telecom = many({ id: 'text', system: 'text', use: 'text', value: 'text', period, extension });
const meta = one({ versionId: 'text', security: coding });
const address = many(addressMembers);

export const patientTypes: Members = {
  id: 'text',
  identifier: many(identifierMembers),
  meta,
  name,
  telecom,
  address,
  extension,
  gender: 'text',
  birthDate: 'text',
  deceasedDateTime: 'text',
  contact: many({ id: 'text', period, relationship: many({ coding }), telecom, extension }),
  generalPractitioner: many({ id: 'text', type: 'text', reference: 'text', identifier: one(identifierMembers) }),
  managingOrganization: reference,
  link: many({ type: 'text', other: reference }),
};

export const coverageTypes: Members = {
  id: 'text',
  meta,
  identifier: many(identifierMembers),
  status: 'text',
  subscriber: reference,
  beneficiary: reference,
  payor: many({ reference: 'text', identifier: one(identifierMembers) }),
  period,
  extension,
};

export const relatedPersonTypes: Members = {
  id: 'text',
  identifier: many(identifierMembers),
  meta,
  name,
  telecom,
  address,
  extension,
  period,
  patient: reference,
  relationship: many({ coding }),
  gender: 'text',
  birthDate: 'text',
};

/** The first member of another type than its rules read, as a path; null where there is none. */
export function wrongType(resource: Readonly<Record<string, unknown>>, members: Members): string | null {
  for (const [member, form] of Object.entries(members)) {
    const wrong = wrongValue(resource[member], form, member);
    if (wrong !== null) return wrong;
  }
  return null;
}

function wrongValue(value: unknown, form: Form, path: string): string | null {
  if (value === undefined || value === null) return null;
  if (form === 'text') return typeof value === 'string' ? null : path;
  if (form === 'texts') return Array.isArray(value) && value.every(isTextOrNull) ? null : path;
  if ('one' in form) return isObject(value) ? within(path, wrongType(value, form.one())) : path;
  if (!Array.isArray(value)) return path;
  for (const [index, item] of value.entries()) {
    const wrong = isObject(item) ? within(`${path}/${index}`, wrongType(item, form.many())) : `${path}/${index}`;
    if (wrong !== null) return wrong;
  }
  return null;
}

const isTextOrNull = (item: unknown): boolean => item === null || typeof item === 'string';

const within = (path: string, wrong: string | null): string | null => (wrong === null ? null : `${path}/${wrong}`);
