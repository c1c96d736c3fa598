/** POST /$setPermission: whether the summary may be seen. */
import type { SetPermission } from '../../domain/scr/commands.ts';
import { readPermission } from '../../domain/scr/read-permission.ts';
import { BAD_NHS_NUMBER, invalid } from '../../domain/scr/refusals.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { answered, isRefused, submitOptions } from '../record-call.ts';
import type { RecordCall, Result } from '../record-call.ts';
import { CREATED, SUMMARY, bodyOf } from './call.ts';
import { WAIT_MS } from './limits.ts';

export async function setPermission(call: RecordCall): Promise<Result> {
  const { agent, context } = call;
  const body = await bodyOf(context);
  if (isRefused(body)) return body;
  const read = readPermission(body.value);
  if (read.kind === 'refused') return read;
  const jobRole = agent.role === undefined ? null : await context.spine.roles.jobRole(agent.role, agent.user);
  if (jobRole === null) {
    const role = agent.role ?? context.request.headers.get('NHSD-Session-URID')?.slice(0, 64) ?? 'null';
    return invalid(`Unable to determine Job Role Code for the given RoleID via the SDS Service: ${role}`);
  }
  if (!isNhsNumber(read.nhsNumber)) return BAD_NHS_NUMBER;
  const command: SetPermission = { name: 'set-permission', permission: read.permission, jobRole };
  const options = submitOptions(call, body.text, WAIT_MS);
  return answered(await context.spine.patients.submit(SUMMARY, read.nhsNumber, command, options), () => CREATED);
}
