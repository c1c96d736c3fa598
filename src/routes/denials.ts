/** Puts what an API family refused for lack of access into the journal: one place for all of them. */
import type { Grant } from './grant.ts';
import { noteDenial } from './identity/oauth-call.ts';
import type { RequestContext } from './request-context.ts';

const admitted = new WeakMap<RequestContext, Grant>();

/** Remembers who was let in, so that a refusal further on can name him. */
export function noteAdmission(context: RequestContext, grant: Grant): void {
  admitted.set(context, grant);
}

/** Who was let in with this request, where access is enforced. */
export const admittedGrant = (context: RequestContext): Grant | undefined => admitted.get(context);

/** Notes a 401 or 403. Where access is open nobody is refused for who he is. */
export async function noteRefusal(context: RequestContext, basePath: string, status: number): Promise<void> {
  if (context.settings.access === 'open' || (status !== 401 && status !== 403)) return;
  // The token service names its reasons itself.
  if (basePath.startsWith('/oauth2')) return;
  const grant = admitted.get(context);
  const code = `${context.method} ${basePath} ${status}`;
  await noteDenial(context, {
    code,
    client: grant?.app.id ?? null,
    requestId: crypto.randomUUID(),
    ...(grant === undefined ? {} : { grant }),
  });
}
