/** What becomes of an upload: refused with a text, or served and kept. */
import { readUpload } from '../../../src/domain/scr/upload-summary.ts';
import { summary } from './summaries.ts';
import type { Any, Summary } from './summaries.ts';

export const refusalOf = (body: unknown): string => {
  const read = readUpload(body);
  return read.kind === 'refused' ? (read.diagnostics ?? '') : 'accepted';
};

/** What is refused once a whole summary was spoilt in one place. */
export function spoilt(spoil: (upload: Summary) => void): string {
  const upload = summary();
  spoil(upload);
  return refusalOf(upload.bundle);
}

export function served(upload: Summary): readonly Any[] {
  const read = readUpload(upload.bundle);
  if (read.kind === 'refused') throw new Error(read.diagnostics);
  return (JSON.parse(read.command.entries) as { resource: Any }[]).map(({ resource }) => resource);
}

export function kept(upload: Summary): readonly Any[] {
  const read = readUpload(upload.bundle);
  if (read.kind === 'refused') throw new Error(read.diagnostics);
  return JSON.parse(read.command.kept) as Any[];
}
