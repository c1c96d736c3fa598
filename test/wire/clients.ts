/** node test/wire/clients.ts: programs made for the real API, pointed at a running edge-spine by base URL alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkCurl } from './clients/curl.ts';
import { checkFhirKit } from './clients/fhir-kit.ts';
import { checkMeshClient } from './clients/mesh-js.ts';
import { checkNewman } from './clients/newman.ts';
import { subject } from './clients/scenario.ts';
import { Report } from './report.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'http://localhost:8787' },
    patient: { type: 'string', default: '9900000005' },
    offline: { type: 'boolean', default: false },
  },
});

const { target, patient } = values;
const report = new Report(true);
const folder = await mkdtemp(join(tmpdir(), 'clients-'));
try {
  const known = await subject(target, patient);
  const curl = await checkCurl(target, known, folder);
  if (curl === null) report.skip('curl', 'not installed');
  else await report.step({ name: 'curl', run: async () => curl });
  if (values.offline)
    for (const name of ['newman', 'fhir-kit-client', 'nhs-mesh-client']) report.skip(name, '--offline');
  else {
    await report.step({ name: 'newman', run: () => checkNewman(target, patient, folder) });
    await report.step({
      name: 'fhir-kit-client',
      run: async () => checkFhirKit(target, await subject(target, patient), folder),
    });
    await report.step({ name: 'nhs-mesh-client', run: () => checkMeshClient(target, folder) });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = report.close();
