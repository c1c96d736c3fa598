/**
 * May this bearer do this with this patient's data? One pure function over who asks, in which role, for which
 * organisation, what the patient's record says, and what is to be done.
 */

interface Asked {
  /** What a worker needs for it. */
  readonly activity: string;
  /** Asks for the highest level of proof. */
  readonly clinical: boolean;
  /** Asks for relationship and permission, and is bounded by seals. A prescription brings its own. */
  readonly related: boolean;
  /** May be done by an application without a user. */
  readonly unattended: boolean;
}

const PLAIN = { clinical: false, related: false, unattended: false };
const BY_PRESCRIPTION = { clinical: true, related: false, unattended: false };

/** What is to be done, and what it asks for. */
export const ACTIONS = {
  'view-demographics': { ...PLAIN, activity: 'B0820', unattended: true },
  'amend-demographics': { ...PLAIN, activity: 'B0825' },
  'view-flags': { ...PLAIN, activity: 'B0401' },
  'view-summary': { activity: 'B0401', clinical: true, related: true, unattended: false },
  prescribe: { ...BY_PRESCRIPTION, activity: 'B0420' },
  dispense: { ...BY_PRESCRIPTION, activity: 'B0570' },
  'collect-nominated': { ...BY_PRESCRIPTION, activity: 'B0570', unattended: true },
} as const satisfies Readonly<Record<string, Asked>>;

export type Action = keyof typeof ACTIONS;

export interface Caller {
  readonly kind: 'worker' | 'application' | 'patient' | 'proxy';
  /** aal1 … aal3 for workers, p0 … p9 for patients, level3 for apps. */
  readonly level: string;
  readonly user?: string;
  /** Effective activities of the role profile that acts. */
  readonly activities: readonly string[];
  readonly organization?: string;
  readonly workgroups: readonly string[];
  /** A patient's or proxy's own patient number. */
  readonly subject?: string;
}

/** What a worker gives for going beyond what he is entitled to. */
export type Reason = 'public-interest' | 'statute' | 'court-order' | 'emergency';

export interface Relationship {
  /** A user, an organisation or a workgroup. */
  readonly party: string;
  /** Milliseconds since 1970; the end is the first moment without it. */
  readonly from: number;
  readonly to?: number;
}

export interface Seal {
  readonly author: string;
  /** A locked seal is not even mentioned to others. */
  readonly locked: boolean;
}

/** Kept in the patient's own shard, so that decision, read and audit are one step. */
export interface PatientFacts {
  readonly nhsNumber: string;
  readonly security: 'U' | 'R' | 'V';
  readonly permission: 'yes' | 'no' | 'ask';
  readonly relationships: readonly Relationship[];
  readonly seals: readonly Seal[];
  readonly proxies: readonly string[];
  /** National data opt-out: nothing goes to uses beyond the patient's own care. */
  readonly optedOut?: boolean;
}

export interface Wish {
  readonly action: Action;
  readonly now: number;
  /** The patient said yes, here and now, to being looked at. */
  readonly permissionAsked?: boolean;
  /** The worker claims a relationship that is not there. */
  readonly selfClaim?: boolean;
  readonly reason?: Reason;
  /** Absent: for the patient's own care. */
  readonly purpose?: 'care' | 'secondary-uses';
}

export type DenyCode =
  | 'level-too-low'
  | 'activity-missing'
  | 'not-own-record'
  | 'no-relationship'
  | 'no-consent'
  | 'invalidated'
  | 'opted-out'
  | 'apps-read-demographics-only';

export type AlertKind = 'self-claimed' | Reason;

export type AccessVerdict =
  | { readonly kind: 'allow'; readonly redact: readonly Redaction[] }
  | { readonly kind: 'allow-with-alert'; readonly alerts: readonly AlertKind[]; readonly redact: readonly Redaction[] }
  | { readonly kind: 'refuse'; readonly code: DenyCode };

/** What of the record is not shown. */
export type Redaction = 'location' | 'sealed-marked' | 'sealed-hidden';

const refuse = (code: DenyCode): AccessVerdict => ({ kind: 'refuse', code });

/** Rules in the order in which they are looked at: the first that says no decides. */
export function decideAccess(caller: Caller, facts: PatientFacts, wish: Wish): AccessVerdict {
  if (facts.security === 'V') return refuse('invalidated');
  if (wish.purpose === 'secondary-uses' && facts.optedOut === true) return refuse('opted-out');
  switch (caller.kind) {
    case 'patient':
      return ownAccess(caller, facts);
    case 'proxy':
      return proxyAccess(caller, facts);
    case 'application':
      return appAccess(facts, wish);
    case 'worker':
      return workerAccess(caller, facts, wish);
  }
}

/** A patient sees all of his own record, restricted or sealed; only a full proof of identity counts. */
function ownAccess(caller: Caller, facts: PatientFacts): AccessVerdict {
  if (caller.level !== 'p9') return refuse('level-too-low');
  return caller.subject === facts.nhsNumber ? { kind: 'allow', redact: [] } : refuse('not-own-record');
}

function proxyAccess(caller: Caller, facts: PatientFacts): AccessVerdict {
  if (caller.level !== 'p9') return refuse('level-too-low');
  const { user } = caller;
  const named = user !== undefined && facts.proxies.includes(user);
  if (caller.subject !== facts.nhsNumber || !named) return refuse('not-own-record');
  return { kind: 'allow', redact: [...located(facts), ...hidden(facts)] };
}

/** Without a person there is no relationship: an app reads demographics and fetches what was sent to its pharmacy, no more. */
function appAccess(facts: PatientFacts, { action }: Wish): AccessVerdict {
  if (!ACTIONS[action].unattended) return refuse('apps-read-demographics-only');
  return { kind: 'allow', redact: located(facts) };
}

function workerAccess(caller: Caller, facts: PatientFacts, wish: Wish): AccessVerdict {
  const { activity, clinical, related } = ACTIONS[wish.action];
  if (caller.level !== 'aal3' && (caller.level !== 'aal2' || clinical)) return refuse('level-too-low');
  if (!caller.activities.includes(activity)) return refuse('activity-missing');
  if (!related) return { kind: 'allow', redact: located(facts) };
  const alerts: AlertKind[] = [];
  if (!isRelated(caller, facts, wish.now)) {
    if (wish.selfClaim !== true) return refuse('no-relationship');
    alerts.push('self-claimed');
  }
  const override = wish.reason;
  const agreed = facts.permission === 'yes' || (facts.permission === 'ask' && wish.permissionAsked === true);
  if (!agreed && override === undefined) return refuse('no-consent');
  const opened = override !== undefined && facts.seals.some((seal) => !isAuthor(caller, seal) && !seal.locked);
  if (override !== undefined && (!agreed || opened)) alerts.push(override);
  const redact = [...located(facts), ...sealed(caller, facts, override !== undefined)];
  return alerts.length === 0 ? { kind: 'allow', redact } : { kind: 'allow-with-alert', alerts, redact };
}

function isRelated(caller: Caller, { relationships }: PatientFacts, now: number): boolean {
  const parties = [caller.user, caller.organization, ...caller.workgroups];
  return relationships.some(({ party, from, to = Infinity }) => from <= now && now < to && parties.includes(party));
}

const isAuthor = (caller: Caller, seal: Seal): boolean => caller.workgroups.includes(seal.author);

const located = ({ security }: PatientFacts): readonly Redaction[] => (security === 'R' ? ['location'] : []);

const hidden = ({ seals }: PatientFacts): readonly Redaction[] => (seals.length > 0 ? ['sealed-hidden'] : []);

/** An override opens what is sealed, never what is locked. */
function sealed(caller: Caller, { seals }: PatientFacts, override: boolean): readonly Redaction[] {
  const others = seals.filter((seal) => !isAuthor(caller, seal));
  const marked = !override && others.some(({ locked }) => !locked);
  return [
    ...(marked ? (['sealed-marked'] as const) : []),
    ...(others.some(({ locked }) => locked) ? (['sealed-hidden'] as const) : []),
  ];
}
