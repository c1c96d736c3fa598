/** RFC 6901 pointers: text to parts, and a part to a position in a list. */

/** The parts of a pointer, or null when the text is not one. */
export function parsePointer(text: string): readonly string[] | null {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return null;
  const parts = text.slice(1).split('/');
  return text.includes('~') ? parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')) : parts;
}

/** A position in a list, or null for what is not one ('-' included). */
export function sequenceIndex(part: string): number | null {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(part) ? Number(part) : null;
}
