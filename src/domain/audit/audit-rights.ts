/** Who may look into the audit: auditors and privacy officers, each for the own organisation; national ones for all. */

export interface AuditorRole {
  readonly organization: string;
  /** S0000:G0000:R5100 or R5100. */
  readonly roleCode: string;
  readonly activities: readonly string[];
}

/** Audit Manager, Privacy Officer, Caldicott Guardian. */
const AUDITORS = /(?:^|:)(?:R5100|R0001|R5105)$/;
/** Receive Legal Override and Emergency View Alerts. */
const RECEIVES_ALERTS = 'B0015';
/** NHS England, who runs the national services. */
const NATIONAL = 'X26';

export type AuditRefusal = 'not-an-auditor' | 'other-organisation' | 'not-a-privacy-officer';

export const isNational = ({ organization }: AuditorRole): boolean => organization === NATIONAL;

/** Null: may search. Without an organisation named, the search is of the own one, or national. */
export function mayAudit(role: AuditorRole | undefined, organization: string | undefined): AuditRefusal | null {
  if (role === undefined || !AUDITORS.test(role.roleCode)) return 'not-an-auditor';
  if (organization === undefined || organization === role.organization || isNational(role)) return null;
  return 'other-organisation';
}

/** Null: may see and handle the alerts of this organisation. */
export function mayHandleAlerts(role: AuditorRole | undefined, organization: string): AuditRefusal | null {
  if (role === undefined || !role.activities.includes(RECEIVES_ALERTS)) return 'not-a-privacy-officer';
  return organization === role.organization || isNational(role) ? null : 'other-organisation';
}
