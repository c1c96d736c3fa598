/** PUT /operator/prescription-trust: operators add authorities and revocation lists of prescription signatures. */
import * as v from 'valibot';
import { SIGNATURE_TRUST, SIGNATURE_TRUST_KEY } from '../../domain/eps/signature-trust.ts';
import type { TrustMaterial } from '../../domain/eps/signature-trust.ts';
import { readCertificate, readRevocationList } from '../../domain/eps/wire/certificate.ts';
import { certificatesIn, fromBase64 } from '../../domain/eps/wire/pem.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { readJson } from '../body.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Answer } from '../respond.ts';
import { sameSecret } from '../secrets.ts';
import type { Routed, Service } from '../service.ts';
import { standingOf } from '../standing.ts';
import { TRUST_BODY } from './wire-limits.ts';

const OPERATOR: Agent = { client: 'operator', mode: 'administration', rights: [] };

const MATERIAL = v.object({
  authorities: v.optional(v.array(v.string()), []),
  revocationLists: v.optional(v.record(v.string(), v.string()), {}),
});

const BEARER = /^bearer\s+/i;

const isOperator = ({ request, settings }: RequestContext): boolean =>
  sameSecret((request.headers.get('Authorization') ?? '').replace(BEARER, '').trim(), settings.operatorKey);

async function handle(context: RequestContext, { suffix }: Routed): Promise<Outgoing> {
  if (!isOperator(context)) return respond(context, json(401, { error: 'The operator key is missing or wrong' }));
  if (suffix !== '' || context.method !== 'PUT') return respond(context, json(404, { error: 'Not found' }));
  return respond(context, await load(context));
}

async function load(context: RequestContext): Promise<Answer> {
  const body = await readJson(context.request, TRUST_BODY);
  const wish = v.safeParse(MATERIAL, body.kind === 'json' ? body.value : null);
  const fault = wish.success ? faultOf(wish.output) : 'The body is not trust material';
  if (fault !== null || !wish.success) return json(400, { error: fault });
  const material = normal(wish.output);
  const command = { name: 'load-trust', material };
  const { identity } = context.spine;
  const ask = { agent: OPERATOR, requestId: crypto.randomUUID() };
  const outcome = await identity.submit(SIGNATURE_TRUST, SIGNATURE_TRUST_KEY, command, ask);
  standingOf(identity).forget(SIGNATURE_TRUST_KEY);
  if (outcome.kind !== 'replied') return { ...json(503, { error: 'Not loaded: try again' }), retryAfterSeconds: 5 };
  return json(200, { authorities: material.authorities.length, changed: outcome.effect === 'accepted' });
}

function faultOf({ authorities, revocationLists }: TrustMaterial): string | null {
  for (const pem of authorities) {
    const certificates = certificatesIn(pem);
    if (certificates.length === 0 || certificates.some((der) => readCertificate(der)?.mayIssue !== true))
      return 'An authority is no certificate that may issue others';
  }
  for (const [address, base64] of Object.entries(revocationLists)) {
    const bytes = fromBase64(base64);
    if (bytes === null || readRevocationList(bytes) === null)
      return `The revocation list of ${address} is not readable`;
  }
  return null;
}

/** One certificate each, so that the same one sent in another way is not kept twice. */
const normal = ({ authorities, revocationLists }: TrustMaterial): TrustMaterial => ({
  authorities: authorities.flatMap((pem) =>
    certificatesIn(pem).map((der) => {
      const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''));
      return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`;
    }),
  ),
  revocationLists,
});

export const prescriptionTrust: Service = {
  basePath: '/operator/prescription-trust',
  handle,
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
