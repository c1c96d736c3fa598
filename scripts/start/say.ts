/** What `npm start` prints: where it serves, what is loaded, what to try. The same text every time. */
import type { LoadedPeople } from './load-people.ts';
import type { StartOptions } from './options.ts';

interface Ready {
  readonly url: string;
  readonly port: number;
  readonly options: StartOptions;
  readonly shards: number;
  readonly loaded: LoadedPeople;
  readonly seconds: number;
}

const PDS = '/personal-demographics/FHIR/R4';

export function ready({ url, port, options, shards, loaded, seconds }: Ready): void {
  const people = `${loaded.sandbox} sandbox people, ${loaded.population} synthetic`;
  console.log(
    `edge-spine ready in ${seconds.toFixed(1)} s   ${url}   data ${options.data} (locked, ${shards} shards, ${people})`,
  );
  if (options.quiet) return;
  if (port !== options.port && options.port !== 0) console.log(`  port ${options.port} was taken: serving on ${port}`);
  console.log(options.access === 'open' ? OPEN_WARNING : enforcedHint(options.data));
  console.log(examples(`${url}${PDS}`, options.access === 'open' ? '' : ' -H "Authorization: Bearer $TOKEN"'));
}

/** Written out, since not every machine can make a UUID; reading repeats nothing, so there one id does for all. */
const READING = '60e0b220-8136-4ca5-ae46-1d97ef59d068';
const CHANGING = '3b6a0d52-9c1f-4e0a-8d47-2f1f5a7c9e10';

/** `bearer`: what each line needs to be let in. */
function examples(pds: string, bearer: string): string {
  return `
  Read    curl -s ${pds}/Patient/9000000009 -H "X-Request-ID: ${READING}"${bearer}
  Search  curl -s "${pds}/Patient?family=Smith&gender=female&birthdate=eq2010-10-22" -H "X-Request-ID: ${READING}"${bearer}
  Change  curl -si -X PATCH ${pds}/Patient/9000000009 -H "X-Request-ID: ${CHANGING}"${bearer} \\
            -H 'If-Match: W/"2"' -H "Content-Type: application/json-patch+json" \\
            -d '{"patches":[{"op":"replace","path":"/gender","value":"male"}]}'
  Repeat  the Change line once more, with the same X-Request-ID ${CHANGING}:
            the same answer with ETag W/"3", and no second change; with another id the version is out of date: 409

  Stop: Ctrl+C (safe at any moment; so is kill -9)   Reset: npm start -- --fresh   Port: npm start -- --port 9000`;
}

const OPEN_WARNING = `
  !! ACCESS IS OPEN: no token is asked for, everybody who reaches this port may read and write. For test data only.
     With tokens: npm run keys, then npm start -- --access enforced`;

const enforcedHint = (data: string): string => `
  Access is enforced. A token, good for ten minutes:
          TOKEN=$(npm run --silent token -- --data ${data} --mode user-restricted)`;
