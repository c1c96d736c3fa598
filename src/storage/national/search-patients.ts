/** The national search for candidates: one statement per database, bounded in rows, never a full scan. */
import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
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

type Row = { readonly scanned: number; readonly key: string | null; readonly document: string | null };

export async function searchCandidates(databases: NationalDatabases, plan: CandidatePlan): Promise<Candidates> {
  if (plan.from > plan.to || (plan.tokens.length === 0 && plan.prefix === undefined))
    return { candidates: [], tooMany: false };
  const asked = plan.from === plan.to ? [indexDatabase(databases, plan.from)] : [...new Set(databases.index)];
  const answers = await Promise.all(asked.map((database) => drizzle(database).all<Row>(candidateQuery(plan))));
  const rows = answers.flat();
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
