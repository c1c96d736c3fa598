import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jaroWinkler } from '../../src/nhs/jaro-winkler.ts';

describe('Jaro-Winkler likeness', () => {
  test.each([
    ['MARTHA', 'MARHTA', 0.9611],
    ['DWAYNE', 'DUANE', 0.84],
    ['DIXON', 'DICKSONX', 0.8133],
    ['abc', 'abc', 1],
    ['abc', 'xyz', 0],
    ['', '', 1],
    ['a', '', 0],
    ['male', 'female', 0.7222],
  ])('PDS-S52 %s and %s: %d', (a, b, likeness) => {
    expect(jaroWinkler(a, b)).toBeCloseTo(likeness, 4);
  });

  test('PDS-S52 likeness lies between 0 and 1 and is 1 for equals only', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const likeness = jaroWinkler(a, b);
        expect(likeness).toBeGreaterThanOrEqual(0);
        expect(likeness).toBeLessThanOrEqual(1);
        expect(likeness === 1).toBe(a === b);
      }),
    );
  });
});
