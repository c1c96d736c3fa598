/** POST /Flag, POST /Condition and the transaction: a flag, what supports it, or both at once. */
import { readResource, readTransaction } from '../../domain/flags/read-flag.ts';
import type { ReadFlag } from '../../domain/flags/read-flag.ts';
import type { FlagsRefusal } from '../../domain/flags/refusals.ts';
import { answered, isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { FHIR_JSON } from '../respond.ts';
import { BASE_PATH, bodyOf, submit } from './call.ts';
import type { FlagsCall } from './call.ts';

type Reader = (body: unknown) => ReadFlag | FlagsRefusal;

async function create(call: FlagsCall, read: Reader, success: (created: readonly string[]) => Result): Promise<Result> {
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const sent = read(body.value);
  if (sent.kind === 'refused') return sent;
  const outcome = await submit(call, sent.nhsNumber, { body: body.text, command: sent.command });
  if (outcome.kind === 'replied') return success(JSON.parse(outcome.body) as readonly string[]);
  return answered(outcome, () => ({ status: 201, body: null, contentType: FHIR_JSON }));
}

const located = (call: FlagsCall, [address = '']: readonly string[]): Result => ({
  status: 201,
  body: null,
  contentType: FHIR_JSON,
  headers: { Location: `${call.context.origin}${BASE_PATH}/${address}` },
});

export const createFlag = (call: FlagsCall): Promise<Result> =>
  create(
    call,
    (body) => readResource(body, 'Flag'),
    (created) => located(call, created),
  );

export const createCondition = (call: FlagsCall): Promise<Result> =>
  create(
    call,
    (body) => readResource(body, 'Condition'),
    (created) => located(call, created),
  );

export const createInTransaction = (call: FlagsCall): Promise<Result> =>
  create(call, readTransaction, (created) => {
    const entry = created.map((location) => ({ response: { status: '201 Created', location } }));
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry });
    return { status: 200, body, contentType: FHIR_JSON };
  });
