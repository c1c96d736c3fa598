import { waitUntil } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import { nationalSearch } from '../../../src/actors/national-search.ts';
import type { NationalSearch } from '../../../src/actors/national-search.ts';
import type { PdsPatient } from '../../../src/domain/pds/demographics-state.ts';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';
import type { SearchCriteria } from '../../../src/domain/pds/search-criteria.ts';
import { candidateTokens, indexDemographics } from '../../../src/domain/pds/search-index.ts';
import { writeSnapshot } from '../../../src/storage/national/snapshot-batch.ts';
import { bound, emptyNationalDatabase, snapshotRow } from '../../support/national-database.ts';

const real = bound.NATIONAL_0;
const FAMILIES = ['Smith', 'Jones', 'Taylor', 'Brown', 'Davies', 'Evans', 'Wilson', 'Thomas'] as const;

/** The real database, its calls counted. */
class Counted {
  calls = 0;
  /** Why it answers none. */
  failure: Error | null = null;
  readonly database = new Proxy(real, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        if (name === 'batch') this.#called();
        const answer: unknown = Reflect.apply(member, target, given);
        return name === 'prepare' ? this.#statement(answer as D1PreparedStatement) : answer;
      };
    },
  });

  #called(): void {
    if (this.failure !== null) throw this.failure;
    this.calls++;
  }

  #statement(statement: D1PreparedStatement): D1PreparedStatement {
    const { all, bind } = statement;
    return Object.assign(statement, {
      bind: (...values: unknown[]) => this.#statement(bind.apply(statement, values)),
      all: async () => {
        this.#called();
        return all.call(statement);
      },
    });
  }
}

const planOf = (family: string) =>
  candidateTokens(parseSearch(new URLSearchParams(`family=${family}&birthdate=2010-10-22`)) as SearchCriteria);

async function found(search: NationalSearch, family: string): Promise<readonly string[] | string> {
  const answer = await search.candidates(planOf(family));
  return 'kind' in answer ? answer.reason : answer.candidates.map(({ key }) => key);
}

const keyOf = (index: number): string => `90000000${index}9`;

beforeEach(async () => {
  await emptyNationalDatabase(real);
  const rows = FAMILIES.map((family, index) => {
    const resource: PdsPatient = {
      resourceType: 'Patient',
      name: [{ use: 'usual', family, given: ['Jane'] }],
      gender: 'female',
      birthDate: '2010-10-22',
    };
    return snapshotRow({ key: keyOf(index), index: indexDemographics({ resource, annex: {} }) });
  });
  await writeSnapshot({ index: [real], records: [real] }, rows);
});

test('PDS-S90 searches that meet at a database share a call, and each gets its own answer', async () => {
  const counted = new Counted();
  const search = nationalSearch({ index: [counted.database], records: [] }, waitUntil);
  const answers = await Promise.all(FAMILIES.map((family) => found(search, family)));
  expect(answers).toEqual(FAMILIES.map((_, index) => [keyOf(index)]));
  // The first went alone, the others waited for its return.
  expect(counted.calls).toBe(2);
  expect(await found(search, 'Nobody')).toEqual([]);
});

test.each([
  new Error('D1 is down'),
  // As the platform marks what the other side threw.
  Object.assign(new Error('D1 is down'), { remote: true }),
])('PDS-S91 a database that fails is asked once more, then says so to all who waited', async (failure) => {
  const counted = new Counted();
  counted.failure = failure;
  const search = nationalSearch({ index: [counted.database], records: [] }, waitUntil);
  expect(await Promise.all(['Smith', 'Jones', 'Taylor'].map((family) => found(search, family)))).toEqual([
    'broken',
    'broken',
    'broken',
  ]);
  counted.failure = null;
  expect(await found(search, 'Jones')).toEqual([keyOf(1)]);
});

test('PDS-S92 a span of birth dates asks every database once, one birth date only its own', async () => {
  const two = [new Counted(), new Counted()];
  const search = nationalSearch({ index: two.map(({ database }) => database), records: [] }, waitUntil);
  await search.candidates({ tokens: ['f:SMITH'], from: '2000-01-01', to: '2020-01-01' });
  expect(two.map(({ calls }) => calls)).toEqual([1, 1]);
  await search.candidates(planOf('Smith'));
  expect(two.reduce((sum, { calls }) => sum + calls, 0)).toBe(3);
  expect(await search.candidates({ tokens: [], from: '2000-01-01', to: '2020-01-01' })).toMatchObject({
    candidates: [],
  });
});
