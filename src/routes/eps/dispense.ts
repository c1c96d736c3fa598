/** $process-message with a dispense-notification: what was handed over, first told or mended. */
import { readDispense } from '../../domain/eps/read-dispense.ts';
import type { Result } from '../record-call.ts';
import { act, answered } from './acting.ts';
import type { EpsCall, ReadBody } from './call.ts';
import { success } from './outcome.ts';

export async function processDispense(call: EpsCall, { value }: ReadBody): Promise<Result> {
  const read = readDispense(value);
  if (read.kind === 'refused') return read;
  const { id, nhsNumber, command } = read;
  const work = { kind: 'act', id, command, withOrder: false } as const;
  const answer = await act(call, { id, nhsNumber, messageId: command.messageId, work });
  return answered(answer, () => success(call.context.now));
}
