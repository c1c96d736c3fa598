/** The alert that one record owes to the privacy officers of an organisation: the words in which it travels. */

export type AlertKind = 'self-claimed' | 'public-interest' | 'statute' | 'court-order' | 'emergency' | 'other';

export interface PrivacyAlert {
  /** Unique, and sorts by time within the organisation. */
  readonly id: string;
  /** Whose privacy officers are told. */
  readonly organization: string;
  readonly patient: string;
  readonly kind: AlertKind;
  /** Whether it was found by the access decision, or reported by a calling system. */
  readonly source: 'access-decision' | 'reported';
  readonly at: number;
  readonly client: string;
  readonly user?: string;
  readonly role?: string;
  /** In the words of whoever went beyond his rights. */
  readonly note?: string;
}

const ODS_CODE = /^[A-Za-z0-9]{3,10}$/;

/** Alerts of organisations that cannot be told from each other lie together, so that none is lost. */
const NOBODY = 'UNKNOWN';

export const alertOrganization = (told: string | undefined): string =>
  told !== undefined && ODS_CODE.test(told) ? told.toUpperCase() : NOBODY;

export const alertId = (at: number, random: string): string => `${String(at).padStart(15, '0')}-${random}`;

export const alertKey = ({ organization, id }: Pick<PrivacyAlert, 'organization' | 'id'>): string =>
  `alert/${organization}/${id}`;

/** What goes into the outbox, in the same commit as the deed. */
export const alertDelivery = (alert: PrivacyAlert) => ({
  target: `identity-shard/${alertKey(alert)}`,
  type: 'privacy-alert',
  payload: JSON.stringify(alert),
});
