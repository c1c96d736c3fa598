/** How long tokens live, and how a client may shorten that. */

export const ACCESS_TOKEN_MS = 600_000;
export const CODE_MS = 300_000;
/** From our redirect to the identity provider until its answer: log-in pages time out sooner. */
export const SIGN_IN_MS = 600_000;

export const REFRESH_MS = { 'nhs-cis2': 43_200_000, 'nhs-login': 3_600_000 } as const;

/** The override as the live service reads it: a leading whole number, taken only when it shortens. */
export function shortened(override: string | null, longest: number): number {
  const asked = override === null ? Number.NaN : Number.parseInt(override, 10);
  return Number.isNaN(asked) || asked >= longest ? longest : Math.max(0, asked);
}

/** Whole seconds left, as text: a fresh token of 600 s tells 599. */
export const secondsLeft = (milliseconds: number): string => String(Math.max(0, Math.ceil(milliseconds / 1000) - 1));
