import { describe, expect, test } from 'vitest';
import { soundex } from '../../src/nhs/soundex.ts';

const VECTORS: readonly (readonly [string, string])[] = [
  ['Robert', 'R163'],
  ['Rupert', 'R163'],
  ['Rubin', 'R150'],
  ['Ashcraft', 'A261'],
  ['Ashcroft', 'A261'],
  ['Tymczak', 'T522'],
  ['Pfister', 'P236'],
  ['Honeyman', 'H555'],
  ['Jackson', 'J250'],
  ['Washington', 'W252'],
  ['Lee', 'L000'],
  ['Gutierrez', 'G362'],
  ['VanDeusen', 'V532'],
  ['Smith', 'S530'],
  ['Smythe', 'S530'],
  ["O'Brien", 'O165'],
  ['Kociński', 'K252'],
  ['ATTSÖN', 'A325'],
  ['attisón', 'A325'],
  ['Łukasz', 'L220'],
];

describe('soundex', () => {
  test.each(VECTORS)('PDS-S40 %s sounds %s', (name, code) => {
    expect(soundex(name)).toBe(code);
  });

  test('PDS-S40 a name without Latin letters sounds like itself', () => {
    expect(soundex('Олег')).toBe(soundex('олег'));
    expect(soundex('Олег')).not.toBe(soundex('Иван'));
    expect(soundex('')).toBe('');
  });
});
