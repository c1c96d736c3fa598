/** node test/wire/identity-conformance.ts SPECS: walks every flow of the token service on a running, enforced server, over HTTP alone. */
import { exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';
import { CIS2, Client, pause } from './identity/client.ts';
import { AUDITOR, Auditor, checkAudit, checkDoors, checkKeys } from './identity/features.ts';
import { checkModes, checkTokens } from './identity/flows.ts';
import { checkNegatives } from './identity/negatives.ts';
import { checkRegistration } from './identity/registration.ts';
import { loadIdentityPack, loadLines, readIdentityPack } from './identity-pack.ts';
import { wireOptions } from './options.ts';
import type { WireOptions } from './options.ts';
import { Report } from './report.ts';

const USAGE = `Usage: node test/wire/identity-conformance.ts SPECS [--target URL] [--data DIR | --token KEY] [--verbose]
The server must run with --access enforced. Loads the identity pack, with a key made here for the app of developers.`;

async function run(options: WireOptions): Promise<number> {
  const pack = readIdentityPack(options.specs);
  if (pack === null) throw new Error(`${options.specs} holds no identity pack`);
  const developers = pack.apps.find(({ name }) => name === 'dev-local');
  if (developers === undefined) throw new Error('the pack has no app of developers');
  const report = new Report(options.verbose);
  const [app, provider] = await Promise.all([generateKeyPair('RS512'), generateKeyPair('RS512')]);
  const marked = async (key: CryptoKey, kid: string) => ({ ...(await exportJWK(key)), kid, alg: 'RS512', use: 'sig' });
  const appKey = await marked(app.publicKey, 'conformance');
  const providerKey = await marked(provider.publicKey, CIS2.kid);
  // The pack's providers sign with keys that nobody here has: a provider of our own stands in for CIS2.
  const providers = pack.providers.map((one) =>
    one['name'] === 'nhs-cis2'
      ? { ...one, issuer: CIS2.issuer, client_id: 'conformance', jwks: { keys: [providerKey] } }
      : one,
  );
  const keysOf = (clientId: string) => (clientId === developers['client_id'] ? { jwks: { keys: [appKey] } } : null);
  await report.step({
    name: 'the pack loads',
    run: async () =>
      (await loadIdentityPack({ ...pack, providers }, options, keysOf)).failures.map(
        ({ line, reason }) => `line ${line}: ${reason}`,
      ),
  });
  await pause(1_000);
  const client = new Client(options.target, developers, [app.privateKey, provider.privateKey]);
  const load = async (lines: readonly object[]) =>
    (await loadLines(lines, options)).failures.map(({ line, reason }) => `line ${line}: ${reason}`);
  await load([{ kind: 'worker', value: AUDITOR }]);
  const auditor = new Auditor(client, String((await client.logIn(AUDITOR.uid)).body['access_token']));
  await checkTokens(client, report);
  await checkKeys(client, report, load);
  await checkDoors(client, report);
  await checkAudit(client, report, auditor);
  const began = `date=ge${new Date().toISOString()}`;
  const refusals = async () => (await auditor.events(began)).filter(({ outcome }) => outcome === '4').length;
  await checkNegatives(client, report, refusals);
  await checkModes(client, report);
  await checkRegistration(client, report);
  await loadIdentityPack(pack, options);
  return report.close();
}

const options = await wireOptions(USAGE);
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`);
  process.exitCode = 2;
} else process.exitCode = await run(options);
