/** The operations of the prescription service on one screen: address and method to handler, for each of its three bases. */
import { postClaim } from './claim.ts';
import type { Family, Handler } from './call.ts';
import { signatureVerifier } from './checks.ts';
import { prepare } from './prepare.ts';
import { processMessage } from './process-message.ts';
import { release } from './release.ts';
import { searchTasks } from './search-tasks.ts';
import { postTask } from './task.ts';
import { verifySignature } from './verify-signature.ts';

type Methods = ReadonlyMap<string, Handler>;

const processed: Handler = (call) =>
  processMessage(call, call.context.settings.signatureAtOrder ? signatureVerifier(call) : null);

const prepared: Methods = new Map([['POST', prepare]]);
const message: Methods = new Map([['POST', processed]]);
const releases: Methods = new Map([['POST', (call) => release(call, signatureVerifier(call))]]);
const signatures: Methods = new Map([['POST', verifySignature]]);
const tasks: Methods = new Map([
  ['POST', postTask],
  ['GET', searchTasks],
]);
const claims: Methods = new Map([['POST', postClaim]]);

const PRESCRIBING: readonly (readonly [string, Methods])[] = [
  ['/$prepare', prepared],
  ['/$process-message', message],
];

const DISPENSING: readonly (readonly [string, Methods])[] = [
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
