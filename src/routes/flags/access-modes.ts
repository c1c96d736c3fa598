/** Who may do what with flags: workers everything; an application sees only that a flag is there. */
import { refuse } from '../../domain/flags/refusals.ts';
import type { WireRefusal } from '../service.ts';
import { accessModes } from '../worker-access.ts';
import type { AccessMode } from '../worker-access.ts';

export const accessMode = accessModes('patient-flags-api');

/** An application without a user raises and removes nothing. */
export const forbiddenInMode = (mode: AccessMode, method: string): WireRefusal | null =>
  mode === 'application-restricted' && method !== 'GET'
    ? refuse('ACCESS_DENIED', 'Flags are changed by users with a role, not by applications')
    : null;

export const BAD_ROLE: WireRefusal = refuse('INVALID_VALUE', "Invalid value in header 'NHSD-Session-URID'");
