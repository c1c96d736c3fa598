/** The settings a local deployment runs with: what wrangler.toml says for the local one, plus the keys at hand. */
import { LOCAL_AUDIENCE, LOCAL_ISSUER, PRIVATE_FILE, PUBLIC_FILE } from '../keys.ts';
import { anchorKeys } from './anchor-keys.ts';
import type { DataDirectory } from './data-directory.ts';
import { UsageError } from './options.ts';
import type { StartOptions } from './options.ts';

/** Of all shards together: locally more may be kept in memory than deployed, where an isolate has 128 MB. */
const LOCAL_HOT_BYTES = 384 * 1024 * 1024;

/** Role profile ids of the public test users and the job roles they stand for. */
const ROLE_CODES = {
  '555254240100': 'S8000:G8000:R8001',
  '555254242102': 'S8000:G8000:R8000',
  '555254241101': 'S8000:G8000:R8003',
  '555021935107': 'S0030:G0100:R0570',
};

/** Settings of the prescription service that may be given from outside, under the names they have elsewhere. */
const PASSED_ON = [
  'SUBCACC_CERT',
  'SHA1_ENABLED_APPLICATION_IDS',
  'ENABLE_PRESCRIBING_SIGNATURE_VALIDATION',
  'NOTIFY_APPLICATION_ID',
  'NOTIFY_API_KEY',
  'PRESCRIBE_ENABLED',
  'DISPENSE_ENABLED',
] as const;

const passedOn = (): Record<string, string> =>
  Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );

export function variables(options: StartOptions, shards: number, directory: DataDirectory): Record<string, string> {
  const always = {
    ENVIRONMENT: 'local',
    ACCESS: options.access,
    ACCESS_CONTROL: options.accessControl,
    NETWORK_TRUST: options.networkTrust ? 'on' : '',
    SHARDS: String(shards),
    INDEX_DATABASES: 'NATIONAL_0',
    RECORD_DATABASES: 'NATIONAL_0',
    HOT_BYTES: String(Math.floor(LOCAL_HOT_BYTES / shards)),
    MAILBOX_SHARDS: '1',
    JOURNAL_SHIPPING: options.journal,
    ANCHOR_KEYS: anchorKeys(directory.path),
    // The runtime counts no subrequests here.
    SESSION_CALLS: '1000000',
    MESH_SHARED_KEY: 'TestKey',
    OPERATOR_KEY: directory.operatorKey(),
    STATUS_KEY: directory.operatorKey(),
    ROLE_CODES: JSON.stringify(ROLE_CODES),
    ...passedOn(),
  };
  const keySet = directory.read(PUBLIC_FILE);
  const signingKey = directory.read(PRIVATE_FILE);
  if (keySet === null || signingKey === null) {
    if (options.access === 'open') return always;
    throw new UsageError(`--access enforced needs keys; make them: npm run keys -- --data ${options.data}`);
  }
  const tokens = { KEY_SET: keySet, TOKEN_ISSUER: LOCAL_ISSUER, TOKEN_AUDIENCE: LOCAL_AUDIENCE };
  return { ...always, ...tokens, SIGNING_KEYS: `{"keys":[${signingKey}]}` };
}
