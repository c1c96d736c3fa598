/** GET /Flag: which flags a patient has, or one of them with what supports it. */
import { CHILD_PROTECTION } from '../../domain/flags/flag-codes.ts';
import { answered, readFollowing } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { FLAGS, codeIn, found, patientIn, submit } from './call.ts';
import type { FlagsCall } from './call.ts';

export async function searchFlags(call: FlagsCall): Promise<Result> {
  const patient = patientIn(call);
  if (typeof patient !== 'string') return patient;
  const code = codeIn(call);
  if (code !== null && typeof code !== 'string') return code;
  const query = code === null ? { name: 'list-flags' } : { name: 'get-flag', code };
  const { key, outcome } = await readFollowing(call, FLAGS, { key: patient, query });
  const held = outcome.kind === 'replied' && outcome.attributes?.['plan'] === 'held';
  if (code !== CHILD_PROTECTION || !held) return answered(outcome, ({ body }) => found(call, body));
  // Every look is noted, also one that repeats a request id: an old answer would hide what was noted since.
  const looking = { ...call, requestId: crypto.randomUUID() };
  return answered(
    await submit(looking, key, { body: '', command: { name: 'show-plan', caller: call.caller } }),
    ({ body }) => found(call, body),
  );
}
