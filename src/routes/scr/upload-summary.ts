/** POST /Bundle: a new summary, which becomes the latest. */
import type { UploadSummary } from '../../domain/scr/commands.ts';
import { readUpload } from '../../domain/scr/upload-summary.ts';
import { answered, isRefused, submitOptions } from '../record-call.ts';
import type { RecordCall, Result } from '../record-call.ts';
import type { WireRefusal } from '../service.ts';
import { CREATED, SUMMARY, bodyOf } from './call.ts';
import { MAX_INLINE_CHARACTERS, SUMMARY_BODY, WAIT_MS } from './limits.ts';

export async function uploadSummary(call: RecordCall): Promise<Result> {
  const { context } = call;
  const body = await bodyOf(context, SUMMARY_BODY);
  if (isRefused(body)) return body;
  const upload = readUpload(body.value);
  if (upload.kind === 'refused') return upload;
  const { command, nhsNumber } = upload;
  const small = command.entries.length + command.kept.length <= MAX_INLINE_CHARACTERS;
  const stored = small ? command : await putOutside(call, nhsNumber, command);
  if (isRefused(stored)) return stored;
  const options = submitOptions(call, body.text, WAIT_MS);
  return answered(await context.spine.patients.submit(SUMMARY, nhsNumber, stored, options), () => CREATED);
}

/** Asks first, so that nothing of a patient who refuses is put anywhere; the shard decides again when it stores. */
async function putOutside(
  { agent, context, requestId }: RecordCall,
  nhsNumber: string,
  command: UploadSummary,
): Promise<UploadSummary | WireRefusal> {
  const { patients, payloads } = context.spine;
  const may = await patients.read(SUMMARY, nhsNumber, { name: 'may-upload' }, { agent, requestId, purpose: 'sweep' });
  if (may.kind === 'refused') return may;
  const text = `${command.entries}\n${command.kept}`;
  const sha256 = await payloads.put(text);
  return { ...command, entries: '', kept: '', outside: { sha256, characters: text.length } };
}
