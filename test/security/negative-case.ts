/** One thing that must not work: the control it tries, in words, and the attempt. */
import { expect } from 'vitest';
import { Edge, enforced, refusalIn, SCOPE, signer } from '../routes/support.ts';
import type { Sent, Signer } from '../routes/support.ts';

export interface NegativeCase {
  /** Of docs/rules/security.md. */
  readonly control: string;
  readonly name: string;
  /** Fails where the attempt succeeds. */
  run(): Promise<void>;
}

export const OWN = '9000000009';
export const OTHER = '9000000017';
export const PATH = `/Patient/${OWN}`;

let made: Promise<Signer> | undefined;
/** One key for all cases. */
export const key = (): Promise<Signer> => (made ??= signer('RS512'));

export const WORKER = { scope: SCOPE.worker, sub: '656005750104', roles: ['555021935107'], rate: 1_000 };
export const PATIENT = { scope: SCOPE.patient, sub: OWN, nhs_number: OWN, vot: 'P9.Cp.Cd', rate: 1_000 };

export const enforcedEdge = async (): Promise<Edge> => new Edge(enforced((await key()).keySet));

export const bearer = (token: string): Sent => ({ headers: { Authorization: `Bearer ${token}` } });

/** Refused with this status, told nothing, and no shard was asked. */
export async function refusedAtTheDoor(
  edge: Edge,
  response: Response,
  status: number | readonly number[],
): Promise<void> {
  const text = await response.clone().text();
  expect([[status].flat(), response.status, text]).toEqual([
    expect.arrayContaining([response.status]),
    response.status,
    text,
  ]);
  expect(edge.spine.asked).toEqual([]);
  expect(text).not.toContain('"resourceType":"Patient"');
  if (text.includes('OperationOutcome')) await refusalIn(response);
}
