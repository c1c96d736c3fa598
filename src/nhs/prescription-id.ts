/** The short form of a prescription id: three groups, the last character a check (ISO 7064 MOD 37-2). */

const FORM = /^[A-F0-9]{6}-[A-Z0-9]{6}-[A-F0-9]{5}[A-Z0-9+]$/;
const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+';
/** Characters before the check one, dashes left out. */
const LENGTH = 17;

/** The check character of the seventeen characters before it; they may be written with dashes. */
export function prescriptionCheckCharacter(stem: string): string {
  const plain = stem.replaceAll('-', '');
  let total = 0;
  for (let i = 0; i < LENGTH; i++) total += CHARACTERS.indexOf(plain.charAt(i)) * 2 ** (LENGTH - i);
  return CHARACTERS.charAt((38 - (total % 37)) % 37);
}

export const isPrescriptionIdForm = (text: string): boolean => FORM.test(text);

export const isPrescriptionId = (text: string): boolean =>
  FORM.test(text) && prescriptionCheckCharacter(text.slice(0, -1)) === text.slice(-1);

/** What prescriptions are stored and found by: the id without its check character. */
export const uncheckedPrescriptionId = (id: string): string => id.slice(0, -1);

export const checkedPrescriptionId = (unchecked: string): string => unchecked + prescriptionCheckCharacter(unchecked);
