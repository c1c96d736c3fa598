/** Scopes belong to the registration of an app; a log-in keeps those of exactly the level it reached. */
import type { Json } from './jwt-parts.ts';

const APP_SCOPE = 'urn:nhsd:apim:app:level3:';

export type ProviderName = 'nhs-cis2' | 'nhs-login';

export const appScopes = (scopes: readonly string[]): readonly string[] =>
  scopes.filter((scope) => scope.startsWith(APP_SCOPE));

/** The level a log-in reached in the words of scopes (aal3, P9), or null when the claims tell none. */
export function levelOf(provider: ProviderName, claims: Json): string | null {
  if (provider === 'nhs-cis2') {
    const level = claims['authentication_assurance_level'];
    const told = typeof level === 'number' || typeof level === 'string' ? String(level) : '';
    return /^[123]$/.test(told) ? `aal${told}` : null;
  }
  const level = claims['identity_proofing_level'];
  return typeof level === 'string' && /^P[059]/.test(level) ? level.slice(0, 2) : null;
}

const PRINCIPALS: Readonly<Record<ProviderName, readonly string[]>> = {
  'nhs-cis2': ['user-nhs-id', 'user-nhs-cis2'],
  'nhs-login': ['user-nhs-login'],
};

/** No level implies another, and a scope of the other provider is never kept. */
export function userScopes(scopes: readonly string[], provider: ProviderName, level: string | null): readonly string[] {
  if (level === null) return [];
  const wanted = PRINCIPALS[provider].map((principal) => `urn:nhsd:apim:${principal}:${level}:`);
  return scopes.filter((scope) => wanted.some((start) => scope.startsWith(start)));
}
