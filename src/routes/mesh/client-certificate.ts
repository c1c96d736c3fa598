/**
 * Mutual TLS, where a deployment asks for it (MESH_CLIENT_CERTIFICATES=required): the platform checks the chain and tells
 * the outcome beside the request; the subject is `local_id.ods_code.api.mesh-client.nhs.uk`.
 */
import type { RequestContext } from '../request-context.ts';

export interface CertificateIdentity {
  readonly localId: string;
  readonly odsCode: string;
}

const SUBJECT = /(?:^|[,/]\s*)CN=([^,/.]+)\.([^,/.]+)\.api\.mesh-client\.nhs\.uk(?:[,/]|$)/i;

/** Null where no certificate was shown, or none that the platform found good. */
export function certificateIdentity({ request }: RequestContext): CertificateIdentity | null {
  const shown: unknown = request.cf?.['tlsClientAuth'];
  if (typeof shown !== 'object' || shown === null) return null;
  const field = (name: string): string => {
    const value: unknown = Reflect.get(shown, name);
    return typeof value === 'string' ? value : '';
  };
  if (field('certPresented') !== '1' || field('certVerified') !== 'SUCCESS') return null;
  const match = SUBJECT.exec(field('certSubjectDN'));
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { localId: match[1], odsCode: match[2].toUpperCase() };
}
