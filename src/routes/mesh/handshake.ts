/** GET and POST /messageexchange/{mailbox}: who connects, with what. */
import type { HeaderFault } from '../../domain/mesh/mex-headers.ts';
import { act, refusedAfterAdmission } from './call.ts';
import type { MeshCall } from './call.ts';
import { answer, emptyAnswer, faultResponse, JSON_TYPE } from './refusal-table.ts';

const MANDATORY = ['mex-clientversion', 'mex-osname', 'mex-osversion'];
const LONGEST = 300;

export async function handshake(call: MeshCall): Promise<Response> {
  const { headers } = call.context.request;
  const absent = MANDATORY.filter((name) => headers.get(name) === null);
  if (absent.length > 0) {
    const faults = absent.map((name): HeaderFault => ({
      loc: ['header', name],
      msg: 'field required',
      type: 'value_error.missing',
    }));
    return refusedAfterAdmission(call, faultResponse(faults));
  }
  const text = (name: string): string => (headers.get(name) ?? '').slice(0, LONGEST);
  const acted = await act(call, {
    kind: 'handshake',
    mailboxId: call.mailboxId,
    connection: {
      clientVersion: text('mex-clientversion'),
      osName: text('mex-osname'),
      osVersion: text('mex-osversion'),
      osArchitecture: text('mex-osarchitecture'),
      javaVersion: text('mex-javaversion'),
      userAgent: text('user-agent'),
    },
  });
  if (acted.kind === 'answered') return acted.response;
  return call.version === 1 ? answer(200, { mailboxId: call.mailboxId }, JSON_TYPE) : emptyAnswer();
}

/** POST /messageexchange/{mailbox}/update: the old Java client tells of itself; nobody needs to know. */
export async function update(call: MeshCall): Promise<Response> {
  return refusedAfterAdmission(call, emptyAnswer());
}
