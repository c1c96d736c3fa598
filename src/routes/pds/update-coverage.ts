/** POST /Coverage */
import type { Coverage } from 'fhir/r4';
import type { UpdateCoverage } from '../../domain/pds/commands.ts';
import { checkCoverage, subscriberOf } from '../../domain/pds/coverage.ts';
import { invalidUpdate } from '../../domain/pds/refusals.ts';
import { answered, DEMOGRAPHICS, isRefused } from './call.ts';
import type { PdsCall, Result } from './call.ts';
import { coverageBundle } from './coverage-bundle.ts';
import { bodyOf, COVERAGE_TYPES, expectedVersion, submitOptions, wrongContentType } from './preconditions.ts';

const MALFORMED = invalidUpdate('Invalid payload received - incorrect format');

export async function updateCoverage(call: PdsCall): Promise<Result> {
  const { context } = call;
  const version = expectedVersion(context);
  if (typeof version !== 'number') return version;
  const wrongType = wrongContentType(context, COVERAGE_TYPES);
  if (wrongType !== null) return wrongType;
  const body = await bodyOf(context, MALFORMED);
  if (isRefused(body)) return body;
  const fault = checkCoverage(body.value);
  if (fault !== null) return fault;
  // Safe: the check above is what makes it one.
  const coverage = body.value as Coverage;
  const subscriber = subscriberOf(coverage);
  const command: UpdateCoverage = { name: 'update-coverage', coverage };
  const options = submitOptions(call, body.text, version);
  const outcome = await context.spine.patients.submit(DEMOGRAPHICS, subscriber, command, options);
  return answered(outcome, (replied) => coverageBundle(call, { status: 201, subscriber, replied }));
}
