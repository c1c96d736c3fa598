/** What `npm start` prints: where it serves, what is loaded, what to try. The same text every time. */
import type { LoadedPeople } from './load-people.ts';
import type { StartOptions } from './options.ts';

interface Ready {
  readonly url: string;
  readonly port: number;
  readonly options: StartOptions;
  readonly loaded: LoadedPeople;
  readonly seconds: number;
}

const PDS = '/personal-demographics/FHIR/R4';

export function ready({ url, port, options, loaded, seconds }: Ready): void {
  const people = `${loaded.sandbox} sandbox people, ${loaded.population} synthetic`;
  console.log(`edge-spine ready in ${seconds.toFixed(1)} s   ${url}   data ${options.data} (locked, ${options.shards} shards, ${people})`);
  if (options.quiet) return;
  if (port !== options.port && options.port !== 0) console.log(`  port ${options.port} was taken: serving on ${port}`);
  console.log(options.access === 'open' ? OPEN_WARNING : ENFORCED_HINT);
  console.log(`
  Read    curl -s ${url}${PDS}/Patient/9000000009 -H "X-Request-ID: $(uuidgen)"
  Search  curl -s "${url}${PDS}/Patient?family=Smith&gender=female&birthdate=eq2010-10-22" -H "X-Request-ID: $(uuidgen)"
  Change  curl -s -X PATCH ${url}${PDS}/Patient/9000000009 -H "X-Request-ID: $(uuidgen)" -H 'If-Match: W/"2"' \\
            -H "Content-Type: application/json-patch+json" \\
            -d '{"patches":[{"op":"replace","path":"/gender","value":"male"}]}'

  Stop: Ctrl+C (safe at any moment; so is kill -9)   Reset: npm start -- --fresh   Port: npm start -- --port 9000`);
}

const OPEN_WARNING = `
  !! ACCESS IS OPEN: no token is asked for, everybody who reaches this port may read and write. For test data only.
     With tokens: npm run keys, then npm start -- --access enforced`;

const ENFORCED_HINT = `
  Access is enforced. A token: npm run token -- --mode user-restricted`;
