/** The NHS number: ten digits, the last a Modulus 11 check digit (NHS Data Dictionary). */

/** Check digit of nine digits, or null where none exists (remainder 10). */
export function nhsNumberCheckDigit(nineDigits: string): number | null {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += (nineDigits.charCodeAt(i) - 48) * (10 - i);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? null : check;
}

export function isNhsNumber(text: string): boolean {
  return /^[0-9]{10}$/.test(text) && nhsNumberCheckDigit(text) === text.charCodeAt(9) - 48;
}
