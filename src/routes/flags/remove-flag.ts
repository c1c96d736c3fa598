/** DELETE /Flag by patient and kind, and DELETE of one supporting resource: never without a reason. */
import type { RemoveFlag, RemoveSupport } from '../../domain/flags/commands.ts';
import { invalid, missing } from '../../domain/flags/refusals.ts';
import { answered } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { FHIR_JSON } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { codeIn, patientIn, submit } from './call.ts';
import type { FlagsCall } from './call.ts';
import { REASON_MAX } from './limits.ts';

function reasonIn({ context }: FlagsCall): string | WireRefusal {
  const reason = context.request.headers.get('x-removal-reason')?.trim() ?? '';
  if (reason === '') return missing('x-removal-reason');
  return reason.length > REASON_MAX ? invalid(reason, 'x-removal-reason') : reason;
}

async function remove(
  call: FlagsCall,
  of: (reason: string) => RemoveFlag | RemoveSupport | WireRefusal,
): Promise<Result> {
  const patient = patientIn(call);
  if (typeof patient !== 'string') return patient;
  const reason = reasonIn(call);
  if (typeof reason !== 'string') return reason;
  const command = of(reason);
  if ('kind' in command) return command;
  const outcome = await submit(call, patient, { body: reason, command });
  return answered(outcome, () => ({ status: 204, body: null, contentType: FHIR_JSON }));
}

export const removeFlag = (call: FlagsCall): Promise<Result> =>
  remove(call, (reason) => {
    const code = codeIn(call);
    if (code === null) return missing('code');
    return typeof code === 'string' ? { name: 'remove-flag', code, reason } : code;
  });

export const removeSupportingFlag = (call: FlagsCall): Promise<Result> =>
  remove(call, (reason) => ({ name: 'remove-support', type: 'Flag', id: call.id, reason }));

export const removeCondition = (call: FlagsCall): Promise<Result> =>
  remove(call, (reason) => ({ name: 'remove-support', type: 'Condition', id: call.id, reason }));
