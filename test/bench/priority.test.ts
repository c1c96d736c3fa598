import { spawnSync } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { atNormalPriority, preferGenerator } from '../../bench/priority.ts';

const before = getPriority();
const mayRaise = process.getuid?.() === 0;

afterEach(() => {
  if (mayRaise) setPriority(before);
});

test.runIf(mayRaise)('BEN-16 the generator runs before others, and the servers it starts do not', () => {
  const own = preferGenerator();
  expect(own).toBeLessThan(0);
  const child = atNormalPriority(() => spawnSync(process.execPath, ['-p', 'os.getPriority()']));
  expect(Number(child.stdout.toString())).toBe(0);
  expect(getPriority()).toBe(own);
  const inherited = spawnSync(process.execPath, ['-p', 'os.getPriority()']);
  expect(Number(inherited.stdout.toString())).toBe(own);
});
