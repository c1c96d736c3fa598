/** American Soundex, the sound code that fuzzy searches of PDS compare. */
import { foldName } from './fold-name.ts';

//             ABCDEFGHIJKLMNOPQRSTUVWXYZ   0: vowel, parts equal codes; -: H and W, which do not
const CODES = '0123012-02245501262301-202';
const A = 65;

/** Four characters, or the folded name itself where it holds no Latin letter (equal then means equal sound). */
export function soundex(name: string): string {
  const folded = foldName(name);
  const letters = folded.replace(/[^A-Z]/g, '');
  if (letters === '') return folded.trim();
  let code = letters.charAt(0);
  let previous = codeOf(letters, 0);
  for (let i = 1; i < letters.length && code.length < 4; i++) {
    const current = codeOf(letters, i);
    if (current === '-') continue;
    if (current !== '0' && current !== previous) code += current;
    previous = current;
  }
  return code.padEnd(4, '0');
}

function codeOf(letters: string, at: number): string {
  return CODES.charAt(letters.charCodeAt(at) - A);
}
