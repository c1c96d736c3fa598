/** The synthetic population: person i of a seed is the same however many are asked for. Pure; see docs/import.md. */
import type { Coverage, Extension, Patient, RelatedPerson } from 'fhir/r4';
import { randomFor } from './random.ts';
import type { Random } from './random.ts';
import { populationNumbers } from './numbers.ts';
import * as fhir from './fhir-parts.ts';
import { healthInsuranceCard, relatedPerson } from './beside-patient.ts';
import type { PatientResources } from './beside-patient.ts';
import * as people from './person.ts';
import type { Person } from './person.ts';

const RESTRICTED = 0.01;
const SUPERSEDED = 0.005;

/** How far back a merge or a relative may reach: people known this recently are remembered. */
const NEIGHBOURHOOD = 64;

/** Every person's resources, the Patient first; at most about nine million people. */
export function* populationPatients(n: number, seed: number): Generator<PatientResources, void, undefined> {
  const numbers = populationNumbers();
  const neighbours: string[] = [];
  for (let index = 0; index < n; index++) {
    const next = numbers.next();
    if (next.done === true) throw new RangeError(`the population ends after ${index} people`);
    const random = randomFor(seed, index);
    if (neighbours.length > 0 && random.chance(SUPERSEDED)) {
      yield [fhir.supersededPatient(next.value, 1 + random.below(4), random.pick(neighbours))];
      continue;
    }
    yield onePerson(random, next.value, neighbours);
    neighbours.push(next.value);
    if (neighbours.length > NEIGHBOURHOOD) neighbours.shift();
  }
}

function onePerson(random: Random, nhsNumber: string, neighbours: readonly string[]): PatientResources {
  const person = people.newPerson(random);
  const confidentiality = random.chance(RESTRICTED) ? 'R' : 'U';
  let version = 1;
  while (version < 40 && random.chance(0.6)) version++;
  const patient: Patient = {
    ...fhir.patientHead({ nhsNumber, version, confidentiality }),
    ...demographics(random, person),
  };
  const others: (Coverage | RelatedPerson)[] = [];
  if (random.chance(0.03)) others.push(insuranceCard(random, nhsNumber));
  if (random.chance(0.1)) others.push(relation(random, person, neighbours));
  return [patient, ...others];
}

function demographics(random: Random, person: Person): Omit<Patient, 'resourceType'> {
  const died =
    people.ageOf(person) > 40 && random.chance(0.04) ? people.dateBetween(random, '2018-01-01', '2025-12-31') : null;
  const moved = people.dateBetween(random, person.birthDate, people.POPULATION_DAY);
  const name = [people.usualName(random, person)];
  const short = random.chance(0.15) ? people.nickname(random, person) : null;
  if (short !== null) name.push(short);
  const address = [people.homeAddress(random, person.town, { start: moved })];
  if (random.chance(0.015)) address.push(people.temporaryAddress(random, person.town));
  const telecom = people.telecoms(random, person);
  const practice = people.practiceOf(random, person.town);
  const since = { start: moved };
  const emigrated = died === null && random.chance(0.01);
  return {
    name,
    gender: person.gender,
    birthDate: person.birthDate,
    ...(random.chance(0.02) ? { multipleBirthInteger: random.between(1, 2) } : {}),
    ...(died === null ? {} : { deceasedDateTime: `${died}T00:00:00+00:00` }),
    ...(died !== null || emigrated
      ? {}
      : { generalPractitioner: [fhir.generalPractice(random.objectId(), practice, since)] }),
    ...(emigrated ? { managingOrganization: fhir.managingOrganization(practice, since) } : {}),
    address,
    ...(telecom.length === 0 ? {} : { telecom }),
    ...(random.chance(0.3)
      ? { contact: [fhir.emergencyContact(random.objectId(), since, people.mobile(random))] }
      : {}),
    ...nonEmpty([...extensions(random, person, { died, emigrated }), ...formerValues(random, person)]),
  };
}

const nonEmpty = (extension: Extension[]): { extension?: Extension[] } => (extension.length === 0 ? {} : { extension });

const LANGUAGES = [
  ['pl', 'Polish'],
  ['ur', 'Urdu'],
  ['pa', 'Panjabi; Punjabi'],
  ['ro', 'Romanian'],
  ['fr', 'French'],
  ['q4', 'British Sign Language'],
] as const;

const METHODS = [
  ['1', 'Letter'],
  ['3', 'Telephone'],
  ['4', 'E-mail'],
] as const;

interface Fate {
  readonly died: string | null;
  readonly emigrated: boolean;
}

/** In the order in which PDS shows them. */
function extensions(random: Random, person: Person, { died, emigrated }: Fate): Extension[] {
  const found: Extension[] = [];
  if (random.chance(0.55)) found.push(fhir.supplier('pharmacy', people.pharmacyCode(random)));
  if (random.chance(0.03)) found.push(fhir.supplier('dispenser', people.practiceOf(random, person.town)));
  if (random.chance(0.02)) found.push(fhir.supplier('appliances', people.pharmacyCode(random)));
  if (died !== null) found.push(fhir.deathNotification(random.chance(0.9) ? 2 : 1, `${died}T00:00:00+00:00`));
  if (random.chance(0.08)) {
    const [code, language] = random.pick(LANGUAGES);
    found.push(fhir.communication(code, language, random.chance(0.4)));
  }
  if (random.chance(0.12)) found.push(preference(random));
  if (random.chance(0.5)) found.push(fhir.birthPlace(person.town.town, person.town.county, '1'));
  const left = { start: `${died ?? people.dateBetween(random, '2019-01-01', '2025-12-31')}T00:00:00+00:00` };
  if (died !== null) found.push(fhir.removalFromRegistration('DEA', left));
  else if (emigrated)
    found.push(fhir.removalFromRegistration(random.pick(['EMB', 'SCT', 'NIT', 'TRA', 'AFN', 'SDN']), left));
  if (random.chance(0.02)) found.push(fhir.sharingConsent(random.pick(['1', '2', '3', '5'])));
  return found;
}

const preference = (random: Random): Extension =>
  fhir.contactPreference({
    method: random.pick(METHODS),
    ...(random.chance(0.4) ? { format: ['11', 'Large print'] as const } : {}),
    ...(random.chance(0.3) ? { times: random.pick(['Not after 7pm', 'Mornings only', 'Weekdays after 5pm']) } : {}),
  });

/** Some have lived elsewhere, been called otherwise, or had another number: searches of the history find them. */
function formerValues(random: Random, person: Person): Extension[] {
  const age = people.ageOf(person);
  const until = people.dateBetween(random, person.birthDate, people.POPULATION_DAY);
  const period = { start: person.birthDate, end: until };
  const history: Record<string, unknown[]> = {};
  if (age > 20 && person.gender === 'female' && random.chance(0.3)) {
    const name = {
      id: random.objectId(),
      use: 'old',
      period,
      given: [...person.given],
      family: people.familyName(random),
    };
    history['name'] = [name];
  }
  if (random.chance(0.25)) history['address'] = [people.homeAddress(random, person.town, period)];
  if (random.chance(0.05))
    history['telecom'] = [fhir.telecom(random.objectId(), period, ['phone', 'mobile', people.mobile(random)])];
  if (random.chance(0.002)) history['gender'] = [person.gender === 'male' ? 'female' : 'male'];
  return Object.keys(history).length === 0 ? [] : [fhir.besideTheRecord('history', history)];
}

const COUNTRIES = [
  ['FRA', 'France'],
  ['DEU', 'Germany'],
  ['ESP', 'Spain'],
  ['POL', 'Poland'],
  ['IRL', 'Ireland'],
  ['NLD', 'Netherlands'],
] as const;

function insuranceCard(random: Random, nhsNumber: string): Coverage {
  const country = random.pick(COUNTRIES);
  return healthInsuranceCard(nhsNumber, {
    personalId: String(random.between(1_000_000_000, 4_000_000_000)),
    cardId: `${country[0].slice(0, 2)}${random.between(100_000_000, 999_999_999)}`,
    institutionId: `${country[0].slice(0, 2)}${random.between(10_000, 99_999)}`,
    country,
    end: people.dateBetween(random, '2026-06-01', '2031-12-31'),
  });
}

const RELATIONSHIPS = [
  ['SPS', 'spouse'],
  ['MTH', 'mother'],
  ['FTH', 'father'],
  ['Guardian', 'Guardian of patient'],
  ['Carer', 'Carer of patient'],
] as const;

/** By reference to another of the population, or described by name. */
function relation(random: Random, person: Person, neighbours: readonly string[]): RelatedPerson {
  const period = { start: people.dateBetween(random, person.birthDate, people.POPULATION_DAY) };
  const facts = {
    id: random.objectId(),
    period,
    relationship: random.pick(RELATIONSHIPS),
    copyCorrespondence: random.chance(0.3),
    ...(random.chance(0.6) ? { rank: random.between(1, 3) } : {}),
  };
  if (neighbours.length > 0 && random.chance(0.4))
    return relatedPerson({ ...facts, nhsNumber: random.pick(neighbours) });
  return {
    ...relatedPerson(facts),
    name: [{ use: 'usual', period, given: [people.givenName(random, 'unknown')], family: person.family }],
    telecom: [fhir.telecom(null, period, ['phone', 'mobile', people.mobile(random)])],
  };
}
