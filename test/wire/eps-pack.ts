/** The prescription service's part of a specification pack: what is trusted, what tests sign with, the examples. */
import { createPrivateKey } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ledger } from './eps/ledger.ts';

export interface EpsPack {
  /** PEM of the authority that is to be trusted. */
  readonly authority: string;
  /** A certificate of that authority and its key. */
  readonly signer: { readonly base64: string; readonly privateKey: KeyObject };
  readonly folder: string;
  /** What has become of the examples. */
  readonly ledger: Ledger;
}

/** One canonical text that is hashed, for a request of the examples. */
export interface DigestVector {
  readonly request: string;
  readonly timestamp: string;
  readonly digestValue: string;
  readonly fragmentsToBeHashed: string;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8')) as unknown;

/** Null where the pack has no such part. */
export function readEpsPack(specs: string): EpsPack | null {
  const folder = join(specs, 'eps');
  if (!existsSync(join(folder, 'trust/test-sub-ca.json'))) return null;
  const { pem } = readJson(join(folder, 'trust/test-sub-ca.json')) as { pem: string };
  const { certificateDerBase64: base64, privateKeyJwk: key } = readJson(join(folder, 'trust/dev-signer.json')) as {
    certificateDerBase64: string;
    privateKeyJwk: JsonWebKey;
  };
  return {
    authority: pem,
    signer: { base64, privateKey: createPrivateKey({ key, format: 'jwk' }) },
    folder,
    ledger: new Ledger(),
  };
}

export const digestVectors = ({ folder }: EpsPack): readonly DigestVector[] =>
  (readJson(join(folder, 'digest-vectors.json')) as { vectors: DigestVector[] }).vectors;

/** The text of an example, letter for letter, to be sent. */
export function exampleText({ folder, ledger }: EpsPack, path: string): string {
  ledger.sent(path);
  return readFileSync(join(folder, 'examples', path), 'utf8');
}

/** An example of what the server says. Looking at it does not count: `answers.ts` notes what was compared. */
export const publishedAnswer = ({ folder }: EpsPack, path: string): unknown => readJson(join(folder, 'examples', path));

export const hasExample = ({ folder }: EpsPack, path: string): boolean => existsSync(join(folder, 'examples', path));

/** Paths of all examples below a folder. */
export function examplePaths({ folder }: EpsPack, below: string): readonly string[] {
  const root = join(folder, 'examples', below);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json') && statSync(join(root, path)).isFile())
    .map((path) => join(below, path))
    .sort();
}

export interface LoadedTrust {
  readonly changed: boolean;
}

/** Lets a running server trust the authority of the pack. */
export async function loadEpsPack(pack: EpsPack, to: { target: string; token: string }): Promise<LoadedTrust> {
  const response = await fetch(new URL('/operator/prescription-trust', to.target), {
    method: 'PUT',
    headers: { authorization: `Bearer ${to.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ authorities: [pack.authority] }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as LoadedTrust;
}
