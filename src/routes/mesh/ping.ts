/** Is anybody there: no token, no mailbox. */
import type { RequestContext } from '../request-context.ts';
import { answer, JSON_TYPE } from './refusal-table.ts';

export function ping({ settings }: RequestContext): Response {
  const { version } = settings.build;
  // As the official sandbox calls its own local build.
  const label = settings.environment === 'local' ? 'latest' : version;
  return answer(200, { env: settings.environment, build_label: label, status: 'running', outcome: 'Yes' }, JSON_TYPE);
}
