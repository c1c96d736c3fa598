/** The operations of the prescription service on one screen: address and method to handler, for each of its three bases. */
import type { SignatureVerifier } from '../../domain/eps/message-issue.ts';
import { postClaim } from './claim.ts';
import type { Family, Handler } from './call.ts';
import { processMessage } from './process-message.ts';
import { release } from './release.ts';
import { postTask } from './task.ts';

type Methods = ReadonlyMap<string, Handler>;

/** A signature must be there; whether it is good is looked at elsewhere. */
const isSigned: SignatureVerifier = (orderText) =>
  Promise.resolve(orderText.includes('"Provenance"') ? [] : ['Invalid signature format']);

const message: Methods = new Map([['POST', (call) => processMessage(call, null)]]);
const releases: Methods = new Map([['POST', (call) => release(call, isSigned)]]);
const tasks: Methods = new Map([['POST', postTask]]);
const claims: Methods = new Map([['POST', postClaim]]);

const PRESCRIBING: readonly (readonly [string, Methods])[] = [['/$process-message', message]];

const DISPENSING: readonly (readonly [string, Methods])[] = [
  ['/$process-message', message],
  ['/Task/$release', releases],
  ['/Task', tasks],
  ['/Claim', claims],
];

/** What is not here is not served. */
export const OPERATIONS: Readonly<Record<Family, ReadonlyMap<string, Methods>>> = {
  combined: new Map([...PRESCRIBING, ...DISPENSING]),
  prescribing: new Map(PRESCRIBING),
  dispensing: new Map(DISPENSING),
};
