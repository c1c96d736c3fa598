/** node test/wire/mesh-conformance.ts SPECS [--target URL] [--data DIR]: the MESH pack held against a running edge-spine. */
import { parseArgs } from 'node:util';
import { DEFAULT_DATA_FOLDER, DEFAULT_TARGET, operatorKey } from '../../scripts/import/operator-key.ts';
import { MeshClient, meshToken } from '../support/mesh-client.ts';
import { CaptureReplay } from './mesh/captures.ts';
import { features } from './mesh/features.ts';
import { loadMeshPack, readMeshPack } from './mesh-pack.ts';
import { Report } from './report.ts';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      target: { type: 'string', default: DEFAULT_TARGET },
      token: { type: 'string' },
      data: { type: 'string', default: DEFAULT_DATA_FOLDER },
      verbose: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const pack = positionals[0] === undefined ? null : readMeshPack(positionals[0]);
  const token = await operatorKey(values.token, values.data);
  if (pack === null || token === null) {
    process.stderr.write('Usage: node test/wire/mesh-conformance.ts SPECS [--target URL] [--token KEY | --data DIR]\n');
    return 2;
  }
  const report = new Report(values.verbose);
  const client = new MeshClient(values.target);
  try {
    await loadMeshPack(pack, { target: values.target, token });
    await new CaptureReplay(client, pack, report).run();
    for (const vector of pack.vectors) {
      const { mailbox_id, password, shared_key: sharedKey, nonce, nonce_count: count, timestamp } = vector;
      const token = meshToken(mailbox_id, { password, sharedKey, nonce, count, timestamp });
      const same = token.endsWith(`:${vector.hmac_sha256_hex}`);
      await report.step({
        name: `MESH-M02 vector ${mailbox_id} ${nonce}`,
        run: () => Promise.resolve(same ? [] : ['another hash']),
      });
    }
    for (const step of features(client, { target: values.target, token })) await report.step(step);
  } finally {
    client.close();
  }
  return report.close();
}

process.exitCode = await main();
