/** GET /Patient/{nhs number} */
import { answered, DEMOGRAPHICS, found, readFollowing } from './call.ts';
import type { PdsCall, Result } from './call.ts';
import { badNhsNumber } from './preconditions.ts';

const QUERY = { name: 'get-patient' };

export async function getPatient(call: PdsCall): Promise<Result> {
  const invalid = badNhsNumber(call.id);
  if (invalid !== null) return invalid;
  const { outcome } = await readFollowing(call, DEMOGRAPHICS, QUERY);
  return answered(outcome, found);
}
