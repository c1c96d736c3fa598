/** The verdict of a record on a search: the shard's word, which the national index only prepares. */
import type { Demographics } from './demographics-state.ts';
import { factsMatch } from './match-facts.ts';
import { scoreFacts } from './match-score.ts';
import type { SearchCriteria } from './search-criteria.ts';
import { searchableFacts } from './searchable-facts.ts';

/** Score 0 to 1 with four decimals, or null when the record does not meet the criteria. */
export function matchPatient(state: Demographics, criteria: SearchCriteria): number | null {
  const facts = searchableFacts(state);
  if (facts === null || !factsMatch(facts, criteria)) return null;
  const score = scoreFacts(facts, criteria);
  return criteria.exact && score < 1 ? null : score;
}
