import { describe, expect, test } from 'vitest';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';
import type { SearchCriteria } from '../../../src/domain/pds/search-criteria.ts';
import { RecentWrites } from '../../../src/routes/pds/recent-writes.ts';

function criteria(query: string): SearchCriteria {
  const parsed = parseSearch(new URLSearchParams(query));
  if ('kind' in parsed) throw new Error(parsed.code);
  return parsed;
}

const body = (families: readonly string[], birthDate?: string): string =>
  JSON.stringify({ name: families.map((family) => ({ family })), ...(birthDate ? { birthDate } : {}) });

const NOW = 1_000_000;
const SMITH = 'family=Smith&birthdate=eq2010-10-22';

describe('recent writes', () => {
  const cases: readonly [string, string, string, boolean][] = [
    ['the same name and day', body(['Smith'], '2010-10-22'), SMITH, true],
    ['another day', body(['Smith'], '2010-10-23'), SMITH, false],
    [
      'a day inside a range',
      body(['Smith'], '2010-10-23'),
      'family=Smith&birthdate=ge2010-01-01&birthdate=le2010-12-31',
      true,
    ],
    ['a day before an open range', body(['Smith'], '2009-12-31'), 'family=Smith&birthdate=ge2010-01-01', false],
    ['another name', body(['Jones'], '2010-10-22'), SMITH, false],
    ['another name, with history', body(['Jones'], '2010-10-22'), `${SMITH}&_history=true`, true],
    ['a second name', body(['Jones', 'smithson'], '2010-10-22'), SMITH, true],
    ['another case', body(['SMITH'], '2010-10-22'), SMITH, true],
    ['a partial birth date', body(['Smith'], '2010'), SMITH, true],
    ['no birth date', body(['Smith']), SMITH, true],
    ['a wildcard', body(['Smythe'], '2010-10-22'), 'family=Sm*&birthdate=eq2010-10-22', true],
    ['a fuzzy search of another name', body(['Jones'], '2010-10-22'), `${SMITH}&given=Jane&_fuzzy-match=true`, true],
  ];

  test.each(cases)('PDS-A53 %s', (_name, written, query, offered) => {
    const writes = new RecentWrites();
    writes.note('a', '9000000009', written, NOW);
    expect(writes.candidates('a', criteria(query), NOW)).toEqual(offered ? ['9000000009'] : []);
  });

  test('PDS-A53 each client sees its own, each number once, for ten seconds', () => {
    const writes = new RecentWrites();
    for (let i = 0; i < 3; i++) writes.note('a', '9000000009', body(['Smith'], '2010-10-22'), NOW);
    expect(writes.candidates('b', criteria(SMITH), NOW)).toEqual([]);
    expect(writes.candidates('a', criteria(SMITH), NOW + 9_999)).toEqual(['9000000009']);
    expect(writes.candidates('a', criteria(SMITH), NOW + 10_000)).toEqual([]);
  });

  test('PDS-A53 the memory is bounded and keeps the latest', () => {
    const writes = new RecentWrites();
    for (let i = 0; i < 12_000; i++) writes.note('a', String(i), body(['Smith'], '2010-10-22'), NOW);
    const kept = writes.candidates('a', criteria(SMITH), NOW);
    expect(kept.length).toBeLessThanOrEqual(10_000);
    expect(kept.at(-1)).toBe('11999');
  });
});
