/** Every person of the pack, read back over the wire: status, version, redaction, related people, card. */
import type { Coverage, Extension, Patient } from 'fhir/r4';
import { at, listAt, textAt, without } from '../json.ts';
import type { Seed } from '../pack.ts';
import * as expected from './expect.ts';
import type { World } from './world.ts';

const EXTENSION = {
  removal: 'https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration',
  birthPlace: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
} as const;

const SUPPLIERS = /Extension-UKCore-(NominatedPharmacy|PreferredDispenserOrganization|MedicalApplianceSupplier)$/;
const MASKED_REASONS: ReadonlySet<unknown> = new Set(['AFN', 'SDN', 'LDN']);
const WITHHELD: readonly (keyof Patient)[] = [
  'address',
  'telecom',
  'contact',
  'generalPractitioner',
  'managingOrganization',
];
const WITHHELD_V: readonly (keyof Patient)[] = [...WITHHELD, 'name', 'birthDate'];

/** What everyone may see of an extension; null where nobody may see any of it. */
function servedExtension(extension: Extension, restricted: boolean): Extension | null {
  if (restricted && (SUPPLIERS.test(extension.url) || extension.url === EXTENSION.birthPlace)) return null;
  if (extension.url !== EXTENSION.removal) return extension;
  const masked = extension.extension?.map((part): Extension => {
    const coding = part.valueCodeableConcept?.coding?.[0];
    if (coding === undefined || !MASKED_REASONS.has(coding.code)) return part;
    return { ...part, valueCodeableConcept: { coding: [{ ...coding, code: 'ORR', display: 'Other Reason' }] } };
  });
  return masked === undefined ? extension : { ...extension, extension: masked };
}

/** The Patient as an ordinary caller is to see it. */
export function servedPatient(patient: Patient): unknown {
  const label = patient.meta?.security?.[0]?.code ?? 'U';
  const hidden = label === 'R' ? WITHHELD : label === 'V' ? WITHHELD_V : [];
  const extension = (patient.extension ?? [])
    .map((one) => servedExtension(one, label !== 'U'))
    .filter((one) => one !== null);
  const { extension: _stored, ...rest } = patient;
  const shown = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !hidden.some((withheld) => withheld === name)),
  );
  return extension.length === 0 ? shown : { ...shown, extension };
}

export async function checkSeeds(world: World): Promise<void> {
  const { report, client, pack } = world;
  for (const seed of pack.seeds) {
    await report.step({
      name: `seed ${seed.nhsNumber} ${seed.keyFacts.slice(0, 60)}`,
      run: () => checkSeed(world, seed),
    });
  }
  for (const nhsNumber of pack.unallocated) {
    const run = async () => expected.outcome(await client.get(`/Patient/${nhsNumber}`), [404, 'RESOURCE_NOT_FOUND']);
    await report.step({ name: `unallocated ${nhsNumber}`, run });
  }
  for (const nhsNumber of pack.invalid) {
    const run = async () => expected.outcome(await client.get(`/Patient/${nhsNumber}`), [400, 'INVALID_RESOURCE_ID']);
    await report.step({ name: `invalid ${nhsNumber}`, run });
  }
}

async function checkSeed(world: World, seed: Seed): Promise<readonly string[]> {
  if (seed.status === 'invalidated') return checkInvalidated(world, seed.nhsNumber);
  const shown = seed.supersededBy === undefined ? seed : world.seed(seed.supersededBy);
  const { resource } = shown;
  if (resource === undefined) return ['the pack shows no resource for it'];
  const answer = await world.client.get(`/Patient/${seed.nhsNumber}`);
  const wrong = [
    ...expected.status(answer, 200),
    ...expected.header(answer, 'etag', `W/"${resource.meta?.versionId ?? ''}"`),
    ...expected.same(answer.body, servedPatient(resource)),
  ];
  if (seed.supersededBy !== undefined) return [...wrong, ...(await checkSuperseded(world, seed.nhsNumber))];
  return [...wrong, ...(await checkRelatedPersons(world, seed)), ...(await checkCard(world, seed))];
}

async function checkInvalidated({ client }: World, nhsNumber: string): Promise<readonly string[]> {
  const answers = [
    await client.get(`/Patient/${nhsNumber}`),
    await client.patch(nhsNumber, '1', { patches: [{ op: 'replace', path: '/gender', value: 'male' }] }),
    await client.get(`/Patient/${nhsNumber}/RelatedPerson`),
    await client.get(`/Coverage?subscriber:identifier=${nhsNumber}`),
  ];
  return answers.flatMap((answer) => expected.outcome(answer, [404, 'INVALIDATED_RESOURCE']));
}

const MERGED = 'Forbidden update with error - Update Failed - NHS No. supplied has been superseded in a merge';

async function checkSuperseded({ client }: World, nhsNumber: string): Promise<readonly string[]> {
  const patches = [{ op: 'replace', path: '/gender', value: 'male' }];
  return expected.outcome(await client.patch(nhsNumber, '1', { patches }), [403, 'FORBIDDEN_UPDATE', MERGED]);
}

const isRestricted = (seed: Seed): boolean => ['R', 'V'].includes(seed.resource?.meta?.security?.[0]?.code ?? '');

async function checkRelatedPersons({ client }: World, seed: Seed): Promise<readonly string[]> {
  const people = isRestricted(seed) ? [] : (seed.relatedPerson ?? []);
  const answer = await client.get(`/Patient/${seed.nhsNumber}/RelatedPerson`);
  const resources = listAt(answer.body, 'entry').map((entry) => at(entry, 'resource'));
  return [
    ...expected.status(answer, 200),
    ...expected.same(at(answer.body, 'total'), people.length),
    ...expected.that(people.length > 0 || at(answer.body, 'entry') === undefined, 'an empty bundle has an entry'),
    ...expected.same(resources, people),
  ];
}

/** A card without the number of its holder or of its institution is kept back. */
const isShown = (card: Coverage | undefined): boolean =>
  (card?.beneficiary.identifier?.value ?? '') !== '' && (card?.payor[0]?.identifier?.value ?? '') !== '';

async function checkCard({ client }: World, seed: Seed): Promise<readonly string[]> {
  const cards = isShown(seed.coverage) ? [seed.coverage] : [];
  const answer = await client.get(`/Coverage?subscriber:identifier=${seed.nhsNumber}`);
  const version = seed.resource?.meta?.versionId ?? '';
  return [
    ...expected.status(answer, 200),
    ...expected.same(textAt(answer.body, 'meta/versionId'), version),
    ...expected.header(answer, 'etag', `W/"${version}"`),
    ...expected.same(at(answer.body, 'total'), cards.length),
    ...expected.same(
      listAt(answer.body, 'entry').map((entry) => without(at(entry, 'resource'), [])),
      cards,
    ),
  ];
}
