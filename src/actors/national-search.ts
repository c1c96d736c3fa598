/**
 * The edge's door to the national index. Searches of many requests travel in one batch: most of what a search costs is the
 * call of D1 itself, and a database answers one call at a time.
 */
import { CANDIDATE_BUDGET, askedFor, candidateRows, candidatesIn } from '../storage/national/search-patients.ts';
import type { CandidatePlan, CandidateRow, Candidates } from '../storage/national/search-patients.ts';
import type { NationalDatabases } from '../storage/national/databases.ts';
import { callLanes } from './call-lanes.ts';
import { READ_WAIT_MS } from './limits.ts';
import { furtherAttempts } from './retry.ts';
import type { Unavailable } from './retry.ts';

/** What routes may ask of the national index: who could be meant. */
export interface NationalSearch {
  candidates(plan: CandidatePlan): Promise<Candidates | Unavailable>;
}

/** The most that one search brings back: its budget of documents at 300 characters. Bounds what travels in one batch. */
const ANSWER_BYTES = CANDIDATE_BUDGET * 300;

interface Found {
  readonly kind: 'found';
  readonly rows: readonly CandidateRow[];
}

/** `keep`: keeps the request in hand alive until a batch that it carries for others is answered. */
export function nationalSearch(databases: NationalDatabases, keep: (work: Promise<void>) => void): NationalSearch {
  const together = async (number: number, plans: readonly CandidatePlan[]): Promise<readonly Found[]> => {
    const database = databases.index[number];
    if (database === undefined) throw new Error(`there is no index database ${number}`);
    const answers = await candidateRows(database, plans).catch(reported);
    return answers.map((rows) => ({ kind: 'found', rows }));
  };
  const alone = async (number: number, plan: CandidatePlan): Promise<Found> => {
    const [found] = await together(number, [plan]);
    if (found === undefined) throw new Error('a search was not answered');
    return found;
  };
  const ask = callLanes<CandidatePlan, Found>({ together, alone, bytesOf: () => ANSWER_BYTES }, keep);
  return {
    candidates: async (plan) => {
      const answers = await Promise.all(
        askedFor(databases, plan).map((database) => ask(databases.index.indexOf(database), plan, READ_WAIT_MS)),
      );
      const rows: CandidateRow[] = [];
      for (const answer of answers) {
        if (answer.kind === 'unavailable') return answer;
        rows.push(...answer.rows);
      }
      return candidatesIn(rows);
    },
  };
}

function reported(error: unknown): never {
  const name = error instanceof Error ? error.name : typeof error;
  console.error(JSON.stringify({ level: 'error', event: 'national-index-unavailable', error: name }));
  // Marked as thrown by the other side it would count as a defect of ours; a database is asked once more.
  throw furtherAttempts(error) === null ? new Error('the national index failed', { cause: error }) : error;
}
