/** The national search for candidates: one statement per database, bounded in rows, never a full scan. */
import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';
import { indexDatabase } from './databases.ts';
import type { NationalDatabases } from './databases.ts';
import { patientIndex, patientToken } from './tables.ts';

/** Any of the tokens (or, with `prefix`, any token starting so) and a partition from `from` to `to`, both included. */
export interface CandidatePlan {
  readonly tokens: readonly string[];
  readonly prefix?: string;
  readonly from: string;
  readonly to: string;
}

export interface Candidate {
  readonly key: string;
  readonly document: string;
}

/** With `tooMany` the candidates are not all, so they answer nothing. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly tooMany: boolean;
}

/** No search answers with more than 50 people; twenty times as many candidates is a search too broad to answer. */
export const CANDIDATE_BUDGET = 1_000;
/** Tokens that one wildcard search over many birth dates may look at. */
export const SCAN_BUDGET = 20_000;

/** Of its own: drizzle's batch of D1 takes no statement with parameters that was not made by its builder. */
const dialect = new SQLiteAsyncDialect();

export interface CandidateRow {
  readonly scanned: number;
  readonly key: string | null;
  readonly document: string | null;
}

export async function searchCandidates(databases: NationalDatabases, plan: CandidatePlan): Promise<Candidates> {
  const answers = await Promise.all(askedFor(databases, plan).map((database) => candidateRows(database, [plan])));
  return candidatesIn(answers.flat(2));
}

/** The index databases that may know of somebody; none where nothing can be found. */
export function askedFor(databases: NationalDatabases, plan: CandidatePlan): readonly D1Database[] {
  if (plan.from > plan.to || (plan.tokens.length === 0 && plan.prefix === undefined)) return [];
  return plan.from === plan.to ? [indexDatabase(databases, plan.from)] : [...new Set(databases.index)];
}

/** What one database answers to each of several searches, in one call. */
export async function candidateRows(
  database: D1Database,
  plans: readonly CandidatePlan[],
): Promise<readonly (readonly CandidateRow[])[]> {
  const [first, ...others] = plans.map((plan) => {
    const { sql: text, params } = dialect.sqlToQuery(candidateQuery(plan));
    return database.prepare(text).bind(...params);
  });
  if (first === undefined) return [];
  if (others.length === 0) return [(await first.all<CandidateRow>()).results];
  return (await database.batch<CandidateRow>([first, ...others])).map(({ results }) => results);
}

export function candidatesIn(rows: readonly CandidateRow[]): Candidates {
  // A patient may stand in two databases for a moment while the birth date changes.
  const candidates = new Map<string, Candidate>();
  for (const { key, document } of rows) {
    if (key !== null && document !== null) candidates.set(key, { key, document });
  }
  const tooMany = candidates.size > CANDIDATE_BUDGET || rows.some(({ scanned }) => scanned > SCAN_BUDGET);
  return { candidates: tooMany ? [] : [...candidates.values()], tooMany };
}

export function candidateQuery({ tokens, prefix, from, to }: CandidatePlan): SQL {
  if (prefix !== undefined) return prefixQuery(prefix, from, to);
  const list = sql.join(
    tokens.map((token) => sql`${token}`),
    sql`, `,
  );
  return sql`SELECT 0 AS scanned, hit.nhs_number AS key, ${patientIndex.document} AS document
    FROM (SELECT DISTINCT nhs_number FROM ${patientToken}
      WHERE token IN (${list}) AND partition BETWEEN ${from} AND ${to} LIMIT ${CANDIDATE_BUDGET + 1}) AS hit
    CROSS JOIN ${patientIndex} ON ${patientIndex.nhsNumber} = hit.nhs_number`;
}

/** The budget bounds what is looked at, not what is found: a rare birth date must not make a common name cheap to miss. */
function prefixQuery(prefix: string, from: string, to: string): SQL {
  return sql`WITH scan AS MATERIALIZED (
      SELECT nhs_number, partition FROM ${patientToken}
      WHERE token >= ${prefix} AND token < ${`${prefix}\u{10ffff}`} LIMIT ${SCAN_BUDGET + 1}),
    hit AS (SELECT DISTINCT nhs_number FROM scan WHERE partition BETWEEN ${from} AND ${to} LIMIT ${CANDIDATE_BUDGET + 1})
    SELECT (SELECT count(*) FROM scan) AS scanned, hit.nhs_number AS key, ${patientIndex.document} AS document
    FROM (SELECT 1) LEFT JOIN hit ON true LEFT JOIN ${patientIndex} ON ${patientIndex.nhsNumber} = hit.nhs_number`;
}
