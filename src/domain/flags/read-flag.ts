/** What clients send to be flagged: one resource, or a transaction with a flag and all that supports it. */
import type { Bundle, Condition, FhirResource, Flag } from 'fhir/r4';
import { resourceFault } from '../../fhir/strict-resource.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import type { AddSupport, CreateFlag } from './commands.ts';
import { CHILD_PROTECTION, REASONABLE_ADJUSTMENT, codeIn } from './flag-codes.ts';
import type { FlagCode } from './flag-codes.ts';
import type { Support } from './flags-state.ts';
import { invalid, missing, refuse } from './refusals.ts';
import type { FlagsRefusal } from './refusals.ts';

export interface ReadFlag {
  readonly kind: 'flag';
  readonly nhsNumber: string;
  readonly command: CreateFlag | AddSupport;
}

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

/** A Flag whose code is a national flag is that flag; any other resource supports one. */
export function readResource(body: unknown, type: 'Flag' | 'Condition'): ReadFlag | FlagsRefusal {
  const malformed = resourceFault(body, type);
  if (malformed !== null) return invalid(malformed, type);
  // Safe: the strict reading above is what makes it one.
  const resource = body as Support;
  const nhsNumber = patientOf(resource);
  if (typeof nhsNumber !== 'string') return nhsNumber;
  if (resource.resourceType === 'Flag' && codeIn([resource.code]) !== null) {
    const code = topCode(resource);
    if (typeof code !== 'string') return code;
    return { kind: 'flag', nhsNumber, command: { name: 'create-flag', code, flag: resource, support: [] } };
  }
  const code = supportCode(resource);
  if (typeof code !== 'string') return code;
  return { kind: 'flag', nhsNumber, command: { name: 'add-support', code, resource } };
}

export function readTransaction(body: unknown): ReadFlag | FlagsRefusal {
  const malformed = resourceFault(body, 'Bundle');
  if (malformed !== null) return invalid(malformed, 'Bundle');
  const { entry, type } = body as Partial<Bundle<FhirResource>>;
  if (type !== 'transaction') return invalid(type ?? '', 'Bundle/type');
  const resources = (entry ?? []).flatMap(({ resource }) => (resource === undefined ? [] : [resource]));
  const [flag, second] = resources.filter(
    (one): one is Flag => one.resourceType === 'Flag' && codeIn([one.code]) !== null,
  );
  if (flag === undefined) return missing('entry/resource/code');
  if (second !== undefined) return refuse('INVALID_VALUE', 'A transaction creates exactly one flag');
  const first = readResource(flag, 'Flag');
  if (first.kind === 'refused' || first.command.name !== 'create-flag') return first;
  const support = supportIn(resources, flag, first);
  return Array.isArray(support) ? { ...first, command: { ...first.command, support } } : support;
}

function supportIn(
  resources: readonly FhirResource[],
  flag: Flag,
  { command, nhsNumber }: ReadFlag,
): Support[] | FlagsRefusal {
  const support: Support[] = [];
  for (const resource of resources) {
    if (resource === flag) continue;
    if (!isSupport(resource)) return invalid(resource.resourceType, 'entry/resource/resourceType');
    const patient = patientOf(resource);
    if (typeof patient !== 'string') return patient;
    if (patient !== nhsNumber) return invalid(patient, 'entry/resource/subject');
    const code = supportCode(resource);
    if (typeof code !== 'string') return code;
    if (code !== command.code) return invalid(code, 'entry/resource/category');
    support.push(resource);
  }
  return support;
}

const isSupport = (resource: FhirResource): resource is Flag | Condition =>
  resource.resourceType === 'Flag' || resource.resourceType === 'Condition';

function patientOf({ subject }: Partial<Support>): string | FlagsRefusal {
  const { identifier, reference } = subject ?? {};
  const sent = identifier?.system === NHS_NUMBER ? identifier.value : reference?.replace(/^.*Patient\//, '');
  if (sent === undefined) return missing('subject');
  return isNhsNumber(sent) ? sent : invalid(sent, 'subject');
}

/** Plans for children come from local authorities alone. */
function topCode(flag: Partial<Flag>): FlagCode | FlagsRefusal {
  const code = codeIn([flag.code]);
  if (code === null) return missing('code');
  if (code === CHILD_PROTECTION) return refuse('FORBIDDEN_UPDATE', `A ${code} cannot be created by this API`);
  return flag.status === 'active' ? code : invalid(flag.status ?? '', 'status');
}

function supportCode(resource: Support): FlagCode | FlagsRefusal {
  const code = codeIn(resource.category ?? []);
  if (code === null) return missing('category');
  return code === REASONABLE_ADJUSTMENT ? code : refuse('FORBIDDEN_UPDATE', `A ${code} has no supporting resources`);
}
