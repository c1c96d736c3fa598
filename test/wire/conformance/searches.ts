/** The searches that the pack's key facts promise, and the ones that must stay without an answer. */
import { at, listAt, textAt } from '../json.ts';
import type { Seed } from '../pack.ts';
import type { WireAnswer } from '../wire-client.ts';
import * as expected from './expect.ts';
import type { World } from './world.ts';

type Parameters = readonly (readonly [string, string])[];

interface Search {
  readonly name: string;
  readonly query: string;
  /** NHS numbers in order; 'contains' where others may be found as well. */
  readonly finds: readonly string[];
  readonly exactly?: boolean;
  /** Score of the first entry. */
  readonly score?: (score: number) => boolean;
}

const parameters = (query: string): Parameters =>
  query.split('&').map((pair) => {
    const [name, ...value] = pair.split('=');
    return [name ?? '', value.join('=')];
  });

const found = (answer: WireAnswer): readonly string[] =>
  listAt(answer.body, 'entry').map((entry) => textAt(entry, 'resource/id'));

const SEARCHES: readonly Search[] = [
  {
    name: 'exact, score 1',
    query: 'family=Smith&given=Jane&gender=female&birthdate=eq2010-10-22',
    finds: ['9000000009'],
    score: (score) => score === 1,
  },
  { name: 'lower case', query: 'family=smith&given=jane&birthdate=2010-10-22', finds: ['9000000009'] },
  {
    name: 'a range of birth dates',
    query: 'family=Smith&given=Jane&birthdate=ge2010-10-21&birthdate=le2010-10-23',
    finds: ['9000000009'],
  },
  {
    name: 'a wildcard scores below 1',
    query: 'family=Sm*&gender=female&birthdate=eq2010-10-22',
    finds: ['9000000009', '9000000017'],
    score: (score) => score > 0 && score < 1,
  },
  {
    name: 'a compound first name',
    query: 'family=Smith&given=John Paul&given=James&gender=male&birthdate=eq2010-10-22',
    finds: ['9000000041'],
  },
  {
    name: 'a telephone number',
    query: 'family=Smith&birthdate=eq2010-10-22&phone=01632960587&gender=female',
    finds: ['9000000009'],
  },
  {
    name: 'a death date',
    query: 'family=TUNNEY&birthdate=eq1980-01-21&death-date=eq2019-02-07',
    finds: ['9733163201'],
  },
  {
    name: 'a practice',
    query: 'family=MEEK&birthdate=eq2015-10-22&general-practitioner=A20047',
    finds: ['9733162337'],
  },
  { name: 'another practice', query: 'family=MEEK&birthdate=eq2015-10-22&general-practitioner=A20048', finds: [] },
  { name: 'the wrong gender', query: 'family=Smith&given=Jane&gender=male&birthdate=eq2010-10-22', finds: [] },
  {
    name: 'all four genders',
    query: 'family=YOUDS&birthdate=eq1970-01-24',
    finds: ['9693633679', '9693633687', '9693633695', '9693633709'],
  },
  {
    name: 'an emergency contact',
    query: 'family=Smith&gender=male&birthdate=eq2000-05-05&phone=01234555555',
    finds: ['5900032809'],
  },
  {
    name: 'a former address of mail, without history',
    query: 'family=Smith&gender=male&birthdate=eq2000-05-05&email=Historic@historic.com',
    finds: [],
  },
  {
    name: 'a former address of mail, with history',
    query: 'family=Smith&gender=male&birthdate=eq2000-05-05&email=Historic@historic.com&_history=true',
    finds: ['5900020584'],
  },
  { name: 'a former name, without history', query: 'family=Bloggs&birthdate=eq1955-11-05', finds: [] },
  {
    name: 'a former name, with history',
    query: 'family=Bloggs&birthdate=eq1955-11-05&_history=true',
    finds: ['9693632109'],
  },
  {
    name: 'a former birth date is never matched',
    query: 'family=Garton&birthdate=eq1946-06-23&_history=true',
    finds: [],
  },
  {
    name: 'fuzzy by former names',
    query: '_fuzzy-match=true&family=HUME&given=Casey&birthdate=eq1999-09-09',
    finds: ['9733162450'],
  },
  {
    name: 'fuzzy with transposed names',
    query: '_fuzzy-match=true&family=Amanda&given=Jak&birthdate=eq1937-08-29',
    finds: ['9732019336'],
  },
  {
    name: 'fuzzy folds accents',
    query: '_fuzzy-match=true&family=attison&given=Pauline&birthdate=eq1960-07-14',
    finds: ['9693633121', '9693633148'],
    exactly: false,
  },
  {
    name: 'fuzzy forgives a wrong postcode',
    query: '_fuzzy-match=true&family=Garton&given=Bill&gender=female&birthdate=eq1955-11-05&address-postcode=DN18 5DX',
    finds: ['9693632109'],
  },
  {
    name: 'a hidden address is never matched',
    query: 'family=LEEKE&birthdate=eq1956-05-02&address-postcode=DN16 3SS',
    finds: [],
  },
  {
    name: 'nor with history',
    query: 'family=LEEKE&birthdate=eq1956-05-02&address-postcode=DN16 3SS&_history=true',
    finds: [],
  },
  {
    name: 'the shown address is',
    query: 'family=LEEKE&birthdate=eq1956-05-02&address-postcode=dn150ad',
    finds: ['9000001080'],
  },
  { name: 'a restricted patient is found', query: 'family=UKRAINE&birthdate=eq2000-01-01', finds: ['9727022820'] },
  { name: 'but not by postcode', query: 'family=UKRAINE&birthdate=eq2000-01-01&address-postcode=B4 3PP', finds: [] },
  { name: 'nor by postalcode', query: 'family=UKRAINE&birthdate=eq2000-01-01&address-postalcode=B4 3PP', finds: [] },
  { name: 'nor by practice', query: 'family=UKRAINE&birthdate=eq2000-01-01&general-practitioner=Y00007', finds: [] },
  {
    name: 'an unrestricted neighbour is found by both',
    query: 'family=UKRAINIAN&birthdate=eq2001-03-03&address-postcode=B4 3PQ&general-practitioner=Y00007',
    finds: ['9000001099'],
  },
  { name: 'an invalidated record is never found', query: 'family=INVALIDATED&birthdate=eq2000-01-01', finds: [] },
  {
    name: 'twins of a match',
    query: 'family=McMatch-Multiple&given=Louisa&birthdate=eq1982-07-10',
    finds: ['9000001021', '9000001048'],
  },
];

export async function checkSearches(world: World): Promise<void> {
  for (const search of SEARCHES)
    await world.report.step({ name: `search ${search.name}`, run: () => run(world, search) });
  const named = world.pack.seeds.filter((seed) => seed.status === 'active' && queryOf(seed) !== null);
  for (const seed of named) {
    await world.report.step({ name: `search for ${seed.nhsNumber} by name`, run: () => findByName(world, seed) });
  }
  const run412 = async () =>
    expected.same(
      textAt(
        (await world.client.search(parameters('family=COLE&birthdate=eq1964-08-28'))).body,
        'entry/0/resource/extension/0/url',
      )
        .split('-')
        .at(-1),
      'DeathNotificationStatus',
    );
  await world.report.step({ name: 'search shows the notice of death alone', run: run412 });
}

async function run({ client }: World, search: Search): Promise<readonly string[]> {
  const answer = await client.search(parameters(search.query));
  const numbers = found(answer);
  const score = at(answer.body, 'entry/0/search/score');
  const wanted = search.finds;
  const asWanted =
    search.exactly === false
      ? wanted.every((one) => numbers.includes(one))
      : String([...numbers].sort()) === String([...wanted].sort());
  return [
    ...expected.status(answer, 200),
    ...expected.that(asWanted, `found ${numbers.join() || 'nobody'}, expected ${wanted.join() || 'nobody'}`),
    ...expected.same(at(answer.body, 'total'), numbers.length),
    ...expected.that(numbers.length > 0 || at(answer.body, 'entry') === undefined, 'an empty bundle has an entry'),
    ...expected.that(
      search.score === undefined || (typeof score === 'number' && search.score(score)),
      `score ${String(score)}`,
    ),
    ...expected.that(isOrdered(answer), 'not by score, then number'),
  ];
}

function isOrdered(answer: WireAnswer): boolean {
  const keys = listAt(answer.body, 'entry').map(
    (entry) => [Number(at(entry, 'search/score')), textAt(entry, 'resource/id')] as const,
  );
  return keys.every(([score, id], i) => {
    const before = keys[i - 1];
    return before === undefined || before[0] > score || (before[0] === score && before[1] < id);
  });
}

/** Null where a search cannot reach the record: no name, no whole birth date, or withheld ones. */
function queryOf(seed: Seed): Parameters | null {
  const name = seed.resource?.name?.[0];
  const { birthDate, gender } = seed.resource ?? {};
  if (name?.family === undefined || birthDate === undefined || !/^\d{4}-\d\d-\d\d$/.test(birthDate)) return null;
  if (seed.resource?.meta?.security?.[0]?.code === 'V') return null;
  const given = (name.given ?? []).map((one) => ['given', one] as const);
  return [
    ['family', name.family],
    ...given,
    ['birthdate', `eq${birthDate}`],
    ...(gender === undefined ? [] : [['gender', gender] as const]),
  ];
}

async function findByName({ client }: World, seed: Seed): Promise<readonly string[]> {
  const answer = await client.search(queryOf(seed) ?? []);
  return expected.that(
    found(answer).includes(seed.nhsNumber),
    `not among ${found(answer).join() || answer.text.slice(0, 200)}`,
  );
}
