/** Base64 and PEM. */

/** Null where the text is not base64. White space does not count. */
export function fromBase64(text: string): Uint8Array | null {
  const plain = text.replace(/\s/g, '');
  if (plain.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return null;
  const letters = atob(plain.replace(/=+$/, ''));
  // By index: an iterator over so many letters was the dearest step of a release.
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** The DER inside each certificate of a text; several may stand behind one another, or be separated by commas. */
export const certificatesIn = (pem: string): readonly Uint8Array[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].flatMap(([, body = '']) => {
    const bytes = fromBase64(body);
    return bytes === null || bytes.length === 0 ? [] : [bytes];
  });
