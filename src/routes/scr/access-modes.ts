/** Who may do what with a summary: workers everything; an application gets and uploads. */
import type { WireRefusal } from '../service.ts';
import { STRANGER, accessModes } from '../worker-access.ts';
import type { AccessMode } from '../worker-access.ts';

export const accessMode = accessModes('summary-care-record');

const FOR_APPLICATIONS = new Set(['GET /DocumentReference', 'GET /Bundle', 'POST /Bundle']);

/** What an application without a user may not do. */
export function forbiddenInMode(mode: AccessMode, method: string, path: string): WireRefusal | null {
  if (mode !== 'application-restricted' || FOR_APPLICATIONS.has(`${method} ${path}`)) return null;
  if (method === 'GET' || method === 'POST') return STRANGER;
  return {
    kind: 'refused',
    code: 'INVALID_METHOD',
    diagnostics: 'Your app has insufficient permissions to use this method. Please contact support.',
    gateway: true,
  };
}

export const BAD_ROLE: WireRefusal = {
  kind: 'refused',
  code: 'INVALID_VALUE',
  diagnostics: "Invalid value in header 'NHSD-Session-URID'",
  gateway: true,
};
