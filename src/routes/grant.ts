/** What a verified access token says about its bearer, in words that no longer depend on the token. */
import type { JWTPayload } from 'jose';

/** How many requests an app may make; the words are those of the 429 text. */
export interface Quota {
  readonly requests: number;
  readonly interval: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day';
}

export interface App {
  readonly id: string;
  readonly name: string;
  /** From the registration of the app, never from the request. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Absent: the default of the API. */
  readonly quota?: Quota;
  /** Requests a second that count as a spike; absent: none does. */
  readonly spike?: number;
}

/** What the registration of the user says about one of his roles. */
export interface ActingRole {
  readonly id: string;
  readonly organization: string;
  readonly roleCode: string;
  readonly activities: readonly string[];
  readonly workgroups: readonly string[];
}

export interface Grant {
  readonly kind: 'granted';
  /** True where access is open: no token was looked at. */
  readonly open: boolean;
  readonly app: App;
  readonly scopes: readonly string[];
  readonly user?: string;
  /** Role profile ids (URID) of the user. */
  readonly roles: readonly string[];
  /** The same roles as the worker's registration has them now; absent where there is no registration. */
  readonly profiles?: readonly ActingRole[];
  readonly nhsNumber?: string;
  /** Vector of trust of a patient's log-in. */
  readonly vot?: string;
  /** Type, grant type, provider and level of the log-in, for the audit. */
  readonly authentication?: string;
  /** Who acts for the user by proxy. */
  readonly actor?: string;
  /** Set on tokens of our own token service: what must still stand for the token to count. */
  readonly standing?: { readonly session?: string; readonly worker?: string };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as readonly unknown[]).filter((item) => typeof item === 'string') : [];

function attributes(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).filter(([, item]) => typeof item === 'string' || typeof item === 'boolean');
  return Object.fromEntries(entries.map(([name, item]) => [name, String(item)]));
}

const isUnit = (value: unknown): value is Quota['unit'] =>
  value === 'second' || value === 'minute' || value === 'hour' || value === 'day';

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0;

/** A plain number is requests a second. A malformed claim counts as absent: the default is the stricter reading. */
function quota(value: unknown): Quota | undefined {
  if (isCount(value)) return { requests: value, interval: 1, unit: 'second' };
  if (!isObject(value) || !isCount(value['requests']) || !isCount(value['interval']) || !isUnit(value['unit']))
    return undefined;
  return { requests: value['requests'], interval: value['interval'], unit: value['unit'] };
}

const standing = ({ session, worker }: Readonly<Record<string, unknown>>): NonNullable<Grant['standing']> => ({
  ...(typeof session === 'string' ? { session } : {}),
  ...(typeof worker === 'string' ? { worker } : {}),
});

/** Null where the token names no app or grants nothing: such a token opens no door. */
export function grantOf(claims: JWTPayload): Grant | null {
  const id = claims['client_id'];
  const scope = claims['scope'];
  if (typeof id !== 'string' || id === '' || typeof scope !== 'string' || scope === '') return null;
  const name = claims['client_name'];
  const allowed = quota(claims['rate']);
  const spike = claims['spike'];
  return {
    kind: 'granted',
    open: false,
    app: {
      id,
      name: typeof name === 'string' ? name : id,
      attributes: attributes(claims['app_attributes']),
      ...(allowed === undefined ? {} : { quota: allowed }),
      ...(isCount(spike) ? { spike } : {}),
    },
    scopes: scope.split(' ').filter((item) => item !== ''),
    roles: strings(claims['roles']),
    ...(typeof claims.sub === 'string' ? { user: claims.sub } : {}),
    ...(typeof claims['nhs_number'] === 'string' ? { nhsNumber: claims['nhs_number'] } : {}),
    ...(typeof claims['vot'] === 'string' ? { vot: claims['vot'] } : {}),
    ...(typeof claims['authentication'] === 'string' ? { authentication: claims['authentication'] } : {}),
    ...(typeof claims['actor'] === 'string' ? { actor: claims['actor'] } : {}),
    ...(isObject(claims['standing']) ? { standing: standing(claims['standing']) } : {}),
  };
}

/** The registered role behind a role profile id; undefined where nothing is registered. */
export const actingProfile = (grant: Grant, role: string | undefined): ActingRole | undefined =>
  role === undefined ? undefined : grant.profiles?.find(({ id }) => id === role);
