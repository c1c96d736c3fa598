/** node scripts/population.ts: writes synthetic patients as NDJSON, ready for `npm run import`. See docs/import.md. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { linesOf } from './import/source-line.ts';
import { populationPatients } from './population/population.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});

for (const { text } of linesOf(populationPatients(Number(values.count), Number(values.seed)))) {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}
