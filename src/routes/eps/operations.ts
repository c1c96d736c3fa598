/** The operations of the prescription service on one screen: address and method to handler, for each of its three bases. */
import { postClaim } from './claim.ts';
import type { Family, Handler } from './call.ts';
import { withVerifier } from './checks.ts';
import { convertMessage } from './convert.ts';
import { tellDoses } from './dose-to-text.ts';
import { prepare } from './prepare.ts';
import { processMessage } from './process-message.ts';
import { release } from './release.ts';
import { searchTasks } from './search-tasks.ts';
import { postTask } from './task.ts';
import { validate } from './validate.ts';
import { verifySignature } from './verify-signature.ts';

type Methods = ReadonlyMap<string, Handler>;

const processed: Handler = (call) =>
  call.context.settings.signatureAtOrder
    ? withVerifier(call, (verify) => processMessage(call, verify))
    : processMessage(call, null);
const released: Handler = (call) => withVerifier(call, (verify) => release(call, verify));

const prepared: Methods = new Map([['POST', prepare]]);
const message: Methods = new Map([['POST', processed]]);
const releases: Methods = new Map([['POST', released]]);
const validations: Methods = new Map([['POST', validate]]);
const signatures: Methods = new Map([['POST', verifySignature]]);
const tasks: Methods = new Map([
  ['POST', postTask],
  ['GET', searchTasks],
]);
const claims: Methods = new Map([['POST', postClaim]]);

/** Where people are not real; each says so itself. */
const TRIALS: readonly (readonly [string, Methods])[] = [
  ['/$validate', validations],
  ['/$convert', new Map([['POST', convertMessage]])],
  ['/$dose-to-text', new Map([['POST', tellDoses]])],
];

const PRESCRIBING: readonly (readonly [string, Methods])[] = [
  ...TRIALS,
  ['/$prepare', prepared],
  ['/$process-message', message],
];

const DISPENSING: readonly (readonly [string, Methods])[] = [
  ...TRIALS,
  ['/$process-message', message],
  ['/Task/$release', releases],
  ['/$verify-signature', signatures],
  ['/Task', tasks],
  ['/Claim', claims],
];

/** What is not here is not served. */
export const OPERATIONS: Readonly<Record<Family, ReadonlyMap<string, Methods>>> = {
  combined: new Map([...PRESCRIBING, ...DISPENSING]),
  prescribing: new Map(PRESCRIBING),
  dispensing: new Map(DISPENSING),
};
