/** What the deployment decides for the edge, read once; a contradictory choice is a fault that stops every request. */
import { buildInfo } from './build-info.ts';
import type { BuildInfo } from './build-info.ts';

export type Environment = 'local' | 'sandbox' | 'int' | 'live';

export interface Settings {
  readonly access: 'open' | 'enforced';
  readonly environment: Environment;
  /** Why nothing may be served; null when the settings are sound. */
  readonly fault: string | null;
  /** JSON Web Key Set (public keys only) that access tokens are verified with. */
  readonly keySet: string;
  readonly issuer: string;
  readonly audience: string;
  /** Bearer of the operator routes; '' closes them. */
  readonly operatorKey: string;
  /** `apikey` of the status page; '' closes it. */
  readonly statusKey: string;
  /** Requests a second for the whole API in one isolate; 0: no such bound. */
  readonly apiRate: number;
  /** Calls to actors after which a session is renewed; 0: what the platform allows by itself. */
  readonly sessionCalls: number;
  /** True: MESH mailboxes must show a client certificate that the platform found good. */
  readonly meshCertificates: boolean;
  readonly build: BuildInfo;
  /** Private JSON Web Key Set of the token service: the first key signs; '' closes the service. */
  readonly signingKeys: string;
  /** JSON of our secrets at the identity providers, by provider name. */
  readonly providerSecrets: string;
  /** Addresses that may announce logouts where people are real; elsewhere everybody may. */
  readonly logoutSources: readonly string[];
  /** True: the network vouches for callers of the legacy paths, which bring unsigned tokens. */
  readonly networkTrust: boolean;
  /** Certificates (PEM) of the authorities that prescription signatures are trusted by. */
  readonly signatureAuthorities: string;
  /** Ids of applications whose prescriptions are still hashed with SHA-1. */
  readonly sha1Applications: readonly string[];
  /** True: the signature of a prescription is verified when it is ordered, not only when it is released. */
  readonly signatureAtOrder: boolean;
  /** Application id and API key that NHS Notify signs its delivery reports with, joined by a dot; '' closes their door. */
  readonly notifySecret: string;
  /** Parts of the prescription service that are switched off, to try what clients make of it; never where people are real. */
  readonly switchedOff: readonly PrescriptionPart[];
}

export type PrescriptionPart = 'prescribing' | 'dispensing';

type Variables = Readonly<Record<string, unknown>>;

const text = (variables: Variables, name: string): string => {
  const value = variables[name];
  return typeof value === 'string' ? value : '';
};

const isEnvironment = (value: string): value is Environment =>
  value === 'local' || value === 'sandbox' || value === 'int' || value === 'live';

export function readSettings(variables: Variables): Settings {
  const access = text(variables, 'ACCESS');
  const environment = text(variables, 'ENVIRONMENT');
  const rate = Number(text(variables, 'API_RATE') || '0');
  return {
    access: access === 'open' ? 'open' : 'enforced',
    environment: isEnvironment(environment) ? environment : 'live',
    fault: faultOf(variables, access, environment),
    keySet: text(variables, 'KEY_SET'),
    issuer: text(variables, 'TOKEN_ISSUER'),
    audience: text(variables, 'TOKEN_AUDIENCE'),
    operatorKey: text(variables, 'OPERATOR_KEY'),
    statusKey: text(variables, 'STATUS_KEY'),
    apiRate: Number.isFinite(rate) && rate > 0 ? rate : 0,
    sessionCalls: Number(text(variables, 'SESSION_CALLS')) || 0,
    meshCertificates: text(variables, 'MESH_CLIENT_CERTIFICATES') === 'required',
    build: buildInfo,
    signingKeys: text(variables, 'SIGNING_KEYS'),
    providerSecrets: text(variables, 'PROVIDER_SECRETS'),
    logoutSources: text(variables, 'LOGOUT_SOURCES')
      .split(',')
      .filter((source) => source !== ''),
    networkTrust: text(variables, 'NETWORK_TRUST') === 'on',
    signatureAuthorities: text(variables, 'SUBCACC_CERT'),
    sha1Applications: text(variables, 'SHA1_ENABLED_APPLICATION_IDS')
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
    signatureAtOrder: text(variables, 'ENABLE_PRESCRIBING_SIGNATURE_VALIDATION') === 'true',
    notifySecret: notifySecretOf(variables),
    switchedOff: environment === 'live' || !isEnvironment(environment) ? [] : switchedOffIn(variables),
  };
}

function switchedOffIn(variables: Variables): readonly PrescriptionPart[] {
  const off = (name: string, part: PrescriptionPart) => (text(variables, name) === 'false' ? [part] : []);
  return [...off('PRESCRIBE_ENABLED', 'prescribing'), ...off('DISPENSE_ENABLED', 'dispensing')];
}

function notifySecretOf(variables: Variables): string {
  const [application, key] = [text(variables, 'NOTIFY_APPLICATION_ID'), text(variables, 'NOTIFY_API_KEY')];
  return application === '' || key === '' ? '' : `${application}.${key}`;
}

function faultOf(variables: Variables, access: string, environment: string): string | null {
  if (access !== 'open' && access !== 'enforced') return 'ACCESS must be open or enforced';
  if (!isEnvironment(environment)) return 'ENVIRONMENT must be local, sandbox, int or live';
  if (access === 'open') {
    const allowed = environment === 'local' || environment === 'sandbox';
    return allowed ? null : `ACCESS=open is forbidden where ENVIRONMENT=${environment}`;
  }
  if (text(variables, 'TOKEN_ISSUER') === '') return 'TOKEN_ISSUER is missing';
  if (text(variables, 'TOKEN_AUDIENCE') === '') return 'TOKEN_AUDIENCE is missing';
  return keySetFault(text(variables, 'KEY_SET'));
}

/** Secret or private keys in the key set mean that somebody pasted the wrong file. */
function keySetFault(keySet: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(keySet);
  } catch {
    return 'KEY_SET is not JSON';
  }
  const keys = typeof parsed === 'object' && parsed !== null && 'keys' in parsed ? parsed.keys : null;
  if (!Array.isArray(keys) || keys.length === 0) return 'KEY_SET holds no keys';
  for (const key of keys as readonly unknown[]) {
    if (typeof key !== 'object' || key === null) return 'KEY_SET holds something that is not a key';
    if ('d' in key || 'k' in key) return 'KEY_SET holds a private or a secret key';
  }
  return null;
}

const known = new WeakMap<object, Settings>();

/** The bindings of a Worker are one object per isolate, so reading them once is enough. */
export function settingsOf(env: object): Settings {
  let settings = known.get(env);
  if (settings === undefined) {
    settings = readSettings(env as Variables);
    known.set(env, settings);
  }
  return settings;
}
