/** Postcodes as they are compared: spacing and case do not count, shape is not checked (test data holds odd ones). */
export function comparablePostcode(text: string): string {
  return text.toUpperCase().replace(/\s+/gu, '');
}
