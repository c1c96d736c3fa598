/** The three ways to look at a person's name: for equality, for sound, for likeness. */

/** What two names must share to be equal: case, spacing and composition of letters do not count; accents do. */
export function comparableName(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** Letters that Unicode does not decompose into a base letter and a mark. */
const UNDECOMPOSED: Readonly<Record<string, string>> = {
  Æ: 'AE',
  Œ: 'OE',
  Ø: 'O',
  Ð: 'D',
  Đ: 'D',
  Þ: 'TH',
  Ł: 'L',
  Ħ: 'H',
  Ŧ: 'T',
  ẞ: 'SS',
  ı: 'I',
  Ŋ: 'NG',
  Ə: 'A',
};

/** Upper case without accents, so that `Kociński` sounds like `Kocinski`. */
export function foldName(text: string): string {
  const upper = text.toUpperCase().normalize('NFD').replace(/\p{M}/gu, '');
  return upper.replace(/[ÆŒØÐĐÞŁĦŦẞıŊƏ]/gu, (letter) => UNDECOMPOSED[letter] ?? letter);
}

/**
 * The text that likeness is measured on. Every letter outside ASCII counts as the same letter:
 * the only reading under which the scores published for accented names come out exactly.
 */
export function likenessText(text: string): string {
  return comparableName(text).replace(/[^\u0000-\u007f]/gu, '?');
}
