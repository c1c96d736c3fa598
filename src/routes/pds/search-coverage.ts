/** GET /Coverage?subscriber:identifier={nhs number} */
import { BAD_COVERAGE_SEARCH, coverageSubscriber } from './access-modes.ts';
import { answered, DEMOGRAPHICS, readFollowing } from './call.ts';
import type { PdsCall, Result } from './call.ts';
import { coverageBundle } from './coverage-bundle.ts';
import { badNhsNumber } from './preconditions.ts';

const QUERY = { name: 'get-coverage' };

export async function searchCoverage(call: PdsCall): Promise<Result> {
  const subscriber = coverageSubscriber(call.query);
  if (subscriber === null) return BAD_COVERAGE_SEARCH;
  const invalid = badNhsNumber(subscriber);
  if (invalid !== null) return invalid;
  const { key, outcome } = await readFollowing({ ...call, id: subscriber }, DEMOGRAPHICS, QUERY);
  return answered(outcome, (replied) => coverageBundle(call, { status: 200, subscriber: key, replied }));
}
