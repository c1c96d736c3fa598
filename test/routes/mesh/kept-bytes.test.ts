import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { keptBytes, keptText } from '../../../src/routes/mesh/kept-bytes.ts';

describe('MESH-M17 the bytes of a small message as text', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  test.each([
    ['plain text', Buffer.from('line one\r\n"two"\tthree'), true],
    ['no bytes', Buffer.alloc(0), true],
    ['every byte', all, false],
    ['text that looks like the other form', Buffer.from('text:dGV4dA=='), true],
    ['accents in UTF-8', Buffer.from('é'), false],
    ['a zero', Buffer.from([0]), false],
  ])('MESH-M17 %s comes back byte for byte', (_name, bytes, plain) => {
    const kept = keptText(bytes);
    expect(keptBytes(kept).equals(bytes)).toBe(true);
    expect(kept.startsWith('text:')).toBe(plain);
  });

  test('MESH-M17 what was kept as base64 before is still read', () => {
    expect(keptBytes(all.toString('base64')).equals(all)).toBe(true);
  });
});
