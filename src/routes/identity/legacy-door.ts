/** The door of the legacy FHIR paths: open only where the network vouches for its callers, and only with their headers. */
import { readLegacyBearer } from '../../domain/identity/legacy-bearer.ts';
import type { Grant } from '../grant.ts';
import type { RequestContext } from '../request-context.ts';

/** What a legacy call says about its way, beside its token. */
export interface LegacyRoute {
  readonly fromAsid: string;
  readonly toAsid: string;
  readonly interaction: string;
}

const ASID = /^\d{12}$/;
const INTERACTION = /^urn:nhs:names:services:[\w.:-]{1,120}$/;
const BEARER = /^bearer +(\S+)$/i;

export function admitLegacy(context: RequestContext): { readonly grant: Grant; readonly route: LegacyRoute } | null {
  if (!context.settings.networkTrust) return null;
  const { headers, url } = context.request;
  const fromAsid = headers.get('fromASID') ?? '';
  const toAsid = headers.get('toASID') ?? '';
  const interaction = headers.get('InteractionID') ?? '';
  if (!ASID.test(fromAsid) || !ASID.test(toAsid) || !INTERACTION.test(interaction)) return null;
  const [, token = ''] = BEARER.exec(headers.get('Authorization') ?? '') ?? [];
  const audience = url.split('?')[0] ?? '';
  const bearer = readLegacyBearer(token, { audience, now: context.now });
  if (bearer === null) return null;
  const user = bearer.user ?? bearer.patient;
  const grant: Grant = {
    kind: 'granted',
    open: false,
    app: {
      id: fromAsid,
      name: bearer.system.value,
      attributes: { asid: fromAsid, organization: bearer.organization.value },
    },
    scopes: [bearer.scope],
    roles: [],
    authentication: `${user === null ? 'app' : 'user'} unsecured network ${bearer.reason}`,
    ...(user === null ? {} : { user: user.value }),
  };
  return { grant, route: { fromAsid, toAsid, interaction } };
}
