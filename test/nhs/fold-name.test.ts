import { describe, expect, test } from 'vitest';
import { comparableName, foldName, likenessText } from '../../src/nhs/fold-name.ts';
import { comparablePostcode } from '../../src/nhs/postcode.ts';

describe('names for comparison', () => {
  test.each([
    ['SMITH', 'smith'],
    ['  John   Paul ', 'john paul'],
    ['e\u0301', '\u00e9'],
    ["O'REILLY", "o'reilly"],
    ['Ö', 'ö'],
  ])('PDS-S20 %j compares as %j', (name, comparable) => {
    expect(comparableName(name)).toBe(comparable);
  });

  test.each([
    ['attisón', 'ATTISON'],
    ['Kociński', 'KOCINSKI'],
    ['Ægir', 'AEGIR'],
    ['Straße', 'STRASSE'],
    ['Øye', 'OYE'],
    ['Łódź', 'LODZ'],
  ])('PDS-S40 %s folds to %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  test('PDS-S52 likeness takes every accented letter for the same letter', () => {
    expect(likenessText('ATTSÖN')).toBe('atts?n');
    expect(likenessText('attisón')).toBe('attis?n');
  });

  test('PDS-S24 postcodes compare without spaces and case', () => {
    expect(comparablePostcode(' ls1  6ae ')).toBe('LS16AE');
  });
});
