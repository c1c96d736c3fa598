/**
 * Every statement of the peer, prepared once per connection. A read is one statement: it leaves its audit row in the
 * transaction that gives the body out. A change is two: one that reads record and idempotency row together, and one
 * that writes record, journal and reply only if the version is still the one decided on. Each is one transaction and
 * one round trip, which was faster than BEGIN … COMMIT around four.
 */
import { DatabaseError, Pool } from 'pg';
import type { SearchColumns } from './patient.ts';

const UNIQUE_VIOLATION = '23505';

export interface Caller {
  readonly client: string;
  readonly requestId: string;
}

export interface Seen {
  readonly nhs_number: string;
  readonly version: number;
  readonly body: string;
}

export interface Known extends Seen {
  readonly hash: string;
  /** Set when this request was answered before. */
  readonly known_fingerprint: string | null;
  readonly known_version: number | null;
}

export interface Change extends SearchColumns {
  readonly nhsNumber: string;
  readonly expected: number;
  readonly body: string;
  readonly hash: string;
  readonly fingerprint: string;
}

const READ = {
  name: 'read',
  text: `WITH seen AS (SELECT nhs_number, version, body FROM record WHERE nhs_number = $1),
    trace AS (INSERT INTO audit (client, request_id, action, nhs_number, version)
      SELECT $2, $3, 'get-patient', nhs_number, version FROM seen)
    SELECT nhs_number, version, body FROM seen`,
};

const SEARCH = {
  name: 'search',
  text: `WITH seen AS (SELECT nhs_number, version, body FROM record
      WHERE birth_date = $1 AND family = $2 AND given @> ARRAY[$3] ORDER BY nhs_number LIMIT $4),
    trace AS (INSERT INTO audit (client, request_id, action, nhs_number, version)
      SELECT $5, $6, 'match-patient', nhs_number, version FROM seen)
    SELECT nhs_number, version, body FROM seen`,
};

const RECALL = {
  name: 'recall',
  text: `SELECT record.nhs_number, record.version, record.body, record.hash,
      reply.fingerprint AS known_fingerprint, reply.version AS known_version
    FROM record LEFT JOIN reply ON reply.client = $2 AND reply.request_id = $3 WHERE record.nhs_number = $1`,
};

const REPLAY = { name: 'replay', text: 'SELECT body FROM journal WHERE nhs_number = $1 AND version = $2' };

const CHANGE = {
  name: 'change',
  text: `WITH changed AS (
      UPDATE record SET version = $2 + 1, body = $3, hash = $4, family = $5, given = $6, birth_date = $7, gender = $8,
        postcode = $9
      WHERE nhs_number = $1 AND version = $2 RETURNING nhs_number, version),
    journaled AS (INSERT INTO journal (nhs_number, version, client, request_id, action, body, hash)
      SELECT nhs_number, version, $10, $11::uuid, 'patch-patient', $3, $4 FROM changed),
    remembered AS (INSERT INTO reply (client, request_id, fingerprint, nhs_number, version, expires)
      SELECT $10, $11::uuid, $12, nhs_number, version, now() + interval '24 hours' FROM changed)
    SELECT version FROM changed`,
};

const LOAD = `INSERT INTO record (nhs_number, version, body, hash, family, given, birth_date, gender, postcode)
  SELECT "nhsNumber", version, body, hash, family, given, "birthDate", gender, postcode
  FROM json_to_recordset($1) AS person("nhsNumber" text, version integer, body text, hash text, family text,
    given text[], "birthDate" text, gender text, postcode text)`;

export class Store {
  readonly pool: Pool;

  constructor(host: string, connections: number) {
    this.pool = new Pool({ host, user: 'peer', database: 'postgres', max: connections, min: connections });
  }

  async read(nhsNumber: string, { client, requestId }: Caller): Promise<Seen | undefined> {
    const { rows } = await this.pool.query<Seen>({ ...READ, values: [nhsNumber, client, requestId] });
    return rows[0];
  }

  async search(
    { birthDate, family, given }: { birthDate: string; family: string; given: string },
    most: number,
    { client, requestId }: Caller,
  ): Promise<readonly Seen[]> {
    const values = [birthDate, family.toLowerCase(), given.toLowerCase(), most, client, requestId];
    return (await this.pool.query<Seen>({ ...SEARCH, values })).rows;
  }

  async recall(nhsNumber: string, { client, requestId }: Caller): Promise<Known | undefined> {
    const { rows } = await this.pool.query<Known>({ ...RECALL, values: [nhsNumber, client, requestId] });
    return rows[0];
  }

  async replay(nhsNumber: string, version: number): Promise<string | undefined> {
    const { rows } = await this.pool.query<{ body: string }>({ ...REPLAY, values: [nhsNumber, version] });
    return rows[0]?.body;
  }

  /** False when another change, or this same request, was there first. */
  async change(change: Change, { client, requestId }: Caller): Promise<boolean> {
    const { nhsNumber, expected, body, hash, family, given, birthDate, gender, postcode, fingerprint } = change;
    const person = [family, given, birthDate, gender, postcode];
    const values = [nhsNumber, expected, body, hash, ...person, client, requestId, fingerprint];
    try {
      return (await this.pool.query({ ...CHANGE, values })).rowCount === 1;
    } catch (error) {
      if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return false;
      throw error;
    }
  }

  async load(people: readonly object[]): Promise<void> {
    await this.pool.query(LOAD, [JSON.stringify(people)]);
  }
}
