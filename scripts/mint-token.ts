/** `npm run token`: mints test tokens with the keys that `npm run keys` made. */
import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, readSigningKey } from './keys.ts';
import type { SigningKey } from './keys.ts';

const HELP = `Usage:
  npm run --silent token -- [--mode user-restricted] [options]

  --data        folder that holds the keys of npm run keys                  (./data)
  --mode        user-restricted | application-restricted | privileged-application-restricted
                | patient-access | P5 | P0                                  (user-restricted)
  --app         id of the application                                       (test-app)
  --app-name    its name in rate limit messages                             (the id)
  --user        user id                                                     (656005750104)
  --roles       role profile ids, comma-separated
  --nhs-number  of the patient who signed in (patient-access)
  --vot         vector of trust of the patient                              (P9.Cp.Cd)
  --attributes  of the application, comma-separated: name or name=value
  --rate        requests per second
  --issuer      TOKEN_ISSUER of the Worker                                  (${LOCAL_ISSUER})
  --audience    TOKEN_AUDIENCE of the Worker                                (${LOCAL_AUDIENCE})
  --seconds     life of the token                                           (600)`;

const PRODUCT = 'personal-demographics-service';

/** The scope that leads to each mode. */
const SCOPES: Readonly<Record<string, string>> = {
  'user-restricted': `urn:nhsd:apim:user-nhs-cis2:aal3:${PRODUCT}`,
  'application-restricted': `urn:nhsd:apim:app:level3:${PRODUCT}`,
  'privileged-application-restricted': `urn:nhsd:apim:app:level3:privileged-${PRODUCT}`,
  'patient-access': `urn:nhsd:apim:user-nhs-login:P9:${PRODUCT}`,
  P5: `urn:nhsd:apim:user-nhs-login:P5:${PRODUCT}`,
  P0: `urn:nhsd:apim:user-nhs-login:P0:${PRODUCT}`,
};

const OPTIONS = {
  help: { type: 'boolean' },
  data: { type: 'string', default: './data' },
  mode: { type: 'string', default: 'user-restricted' },
  app: { type: 'string', default: 'test-app' },
  'app-name': { type: 'string' },
  user: { type: 'string' },
  roles: { type: 'string' },
  'nhs-number': { type: 'string' },
  vot: { type: 'string', default: 'P9.Cp.Cd' },
  attributes: { type: 'string' },
  rate: { type: 'string' },
  issuer: { type: 'string', default: LOCAL_ISSUER },
  audience: { type: 'string', default: LOCAL_AUDIENCE },
  seconds: { type: 'string', default: '600' },
} as const;

const readArguments = (args: string[]) => parseArgs({ args, options: OPTIONS }).values;
type Arguments = ReturnType<typeof readArguments>;

const listOf = (text: string | undefined): string[] => (text ?? '').split(',').filter((item) => item !== '');

const attributesOf = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    listOf(text).map((item) => {
      const [name = '', value = 'true'] = item.split('=');
      return [name, value];
    }),
  );

/** Who the token is about: a patient or a worker has a subject, an application alone has none. */
function bearerClaims(given: Arguments): Record<string, unknown> {
  if (given.mode === 'user-restricted') return { sub: given.user ?? '656005750104', roles: listOf(given.roles) };
  if (given.mode.includes('application')) return {};
  const nhsNumber = given['nhs-number'];
  return { sub: given.user ?? nhsNumber ?? '', nhs_number: nhsNumber, vot: given.vot };
}

function claimsOf(given: Arguments, scope: string): Record<string, unknown> {
  return {
    scope,
    client_id: given.app,
    client_name: given['app-name'] ?? given.app,
    app_attributes: attributesOf(given.attributes),
    ...(given.rate === undefined ? {} : { rate: Number(given.rate) }),
    ...bearerClaims(given),
  };
}

async function mint(given: Arguments, scope: string, signing: SigningKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claimsOf(given, scope))
    .setProtectedHeader({ alg: signing.algorithm, kid: signing.kid, typ: 'at+jwt' })
    .setIssuer(given.issuer)
    .setAudience(given.audience)
    .setIssuedAt(now)
    .setExpirationTime(now + Number(given.seconds))
    .sign(signing.key);
}

/** What to print, or why there is nothing to print. */
async function run(given: Arguments): Promise<{ readonly out: string } | { readonly problem: string }> {
  if (given.help === true) return { out: HELP };
  const scope = SCOPES[given.mode];
  if (scope === undefined) return { problem: `--mode ${given.mode} is not known` };
  const signing = await readSigningKey(given.data);
  if (signing === null)
    return { problem: `${given.data} holds no keys; make them: npm run keys -- --data ${given.data}` };
  return { out: await mint(given, scope, signing) };
}

async function main(): Promise<void> {
  let given: Arguments;
  try {
    given = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  const result = await run(given);
  if ('out' in result) {
    console.log(result.out);
    return;
  }
  console.error(result.problem);
  process.exitCode = 2;
}

await main();
