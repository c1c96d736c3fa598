/** A journal entry as a FHIR AuditEvent: who, in which role, for whom, why, with what outcome. Never what was written there. */
import type { AuditEvent, AuditEventAgent, Coding } from 'fhir/r4';
import type { Agent } from '../../engine/record-kind.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';

/** One entry of a journal. */
export interface AuditFact {
  /** `<actor class>/<shard>` */
  readonly source: string;
  readonly seq: number;
  readonly index: number;
  readonly at: number;
  readonly kind: string;
  readonly key: string;
  readonly action: string;
  readonly outcome: string;
  readonly version: number;
  readonly requestId: string;
  readonly agent: Agent;
}

export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
export const USER_ID = 'https://fhir.nhs.uk/Id/sds-user-id';
export const ORGANIZATION = 'https://fhir.nhs.uk/Id/ods-organization-code';
const ROLE_PROFILE = 'https://fhir.nhs.uk/Id/sds-role-profile-id';
const APPLICATION = 'https://fhir.nhs.uk/Id/nhsd-application-id';
const REQUEST = 'https://fhir.nhs.uk/Id/x-request-id';
const EVENT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const OWN = 'urn:edge-spine:audit';

/** The patient that an entry is about, or null. Refusals at the edge lie under `denial/`. */
export function patientOf({ key }: Pick<AuditFact, 'key'>): string | null {
  const number = key.startsWith('denial/') ? key.slice('denial/'.length) : key;
  return isNhsNumber(number) ? number : null;
}

const PURPOSES = {
  TREAT: 'treatment',
  BTG: 'break the glass',
  PATRQT: 'patient requested',
  HOPERAT: 'healthcare operations',
  HSYSADMIN: 'health system administration',
  HRESCH: 'healthcare research',
} as const;
export type PurposeCode = keyof typeof PURPOSES;

const BY_MODE: Readonly<Record<string, PurposeCode>> = {
  'patient-access': 'PATRQT',
  'user-restricted': 'TREAT',
  open: 'TREAT',
  'application-restricted': 'HOPERAT',
  'privileged-application-restricted': 'HOPERAT',
  nhsmesh: 'HOPERAT',
  audit: 'HOPERAT',
};

/** Follows from how access was granted; whoever broke the glass said so himself. */
export function purposeOf({ action, agent }: Pick<AuditFact, 'action' | 'agent'>): PurposeCode {
  if (action === 'break-glass' || action === 'claim-relationship') return 'BTG';
  const { authentication = '', mode } = agent;
  if (authentication.endsWith('secondaryuses')) return 'HRESCH';
  const known = BY_MODE[mode];
  if (known !== undefined) return known;
  if (mode !== 'edge' || agent.user === undefined) return mode === 'edge' ? 'HOPERAT' : 'HSYSADMIN';
  return authentication.includes('nhs-login') ? 'PATRQT' : 'TREAT';
}

const DONE = new Set(['found', 'accepted', 'unchanged', 'replayed', 'moved']);

/** `0` success, `4` refused, `8` broken. */
export function outcomeOf({ outcome }: Pick<AuditFact, 'outcome'>): '0' | '4' | '8' {
  if (DONE.has(outcome) || /^[23]\d\d$/.test(outcome)) return '0';
  return / 5\d\d$/.test(outcome) ? '8' : '4';
}

const CREATES = /^(?:create|register|record|open|issue|load|import|upload|raise|send|POST)\b/;
const DELETES = /^(?:remove|close|end|delete|cancel|DELETE)\b/;
const READS = /^(?:get|view|list|match|search|look|show|may|userinfo|download|inspect|GET|HEAD|export|verify|check)\b/;

function actionOf({ action, outcome, kind }: AuditFact): 'C' | 'R' | 'U' | 'D' | 'E' {
  const words = kind === 'denial' && action === 'note-denial' ? outcome : action;
  if (READS.test(words)) return 'R';
  if (CREATES.test(words)) return 'C';
  if (DELETES.test(words)) return 'D';
  return kind === 'session' || kind === 'denial' ? 'E' : 'U';
}

const identified = (system: string, value: string) => ({ identifier: { system, value } });

function agents({ client, mode, user, role, organization, authentication, actor }: Agent): AuditEventAgent[] {
  const how = authentication ?? mode;
  const person: readonly AuditEventAgent[] =
    user === undefined
      ? []
      : [
          {
            who: identified(isNhsNumber(user) ? NHS_NUMBER : USER_ID, user),
            requestor: true,
            policy: [`${OWN}:authentication:${how.replaceAll(' ', ':')}`],
            ...(role === undefined ? {} : { role: [{ coding: [{ system: ROLE_PROFILE, code: role }] }] }),
          },
        ];
  return [
    ...person,
    ...(actor === undefined ? [] : [{ who: { display: actor }, requestor: false, type: { text: 'proxy' } }]),
    ...(organization === undefined ? [] : [{ who: identified(ORGANIZATION, organization), requestor: false }]),
    {
      who: identified(APPLICATION, client),
      requestor: user === undefined,
      ...(user === undefined ? { policy: [`${OWN}:authentication:${how.replaceAll(' ', ':')}`] } : {}),
    },
  ];
}

function codingOf(fact: AuditFact): Coding {
  const code = purposeOf(fact);
  return { system: REASON, code, display: PURPOSES[code] };
}

export const eventId = ({ source, seq, index }: AuditFact): string => `${source.replace('/', '-')}-${seq}-${index}`;

export function auditEvent(fact: AuditFact): AuditEvent {
  const patient = patientOf(fact);
  const what = patient === null ? { identifier: { value: fact.key } } : identified(NHS_NUMBER, patient);
  const entity = {
    what,
    type: { system: `${OWN}:record-kind`, code: fact.kind },
    ...(fact.version > 0 ? { detail: [{ type: 'version', valueString: String(fact.version) }] } : {}),
  };
  const request = {
    what: identified(REQUEST, fact.requestId.replace(/^edge:/, '')),
    type: { system: `${OWN}:entity`, code: 'request' },
  };
  return {
    resourceType: 'AuditEvent',
    id: eventId(fact),
    type: { system: EVENT_TYPE, code: 'rest', display: 'Restful Operation' },
    subtype: [{ system: `${OWN}:action`, code: fact.action }],
    action: actionOf(fact),
    recorded: new Date(fact.at).toISOString(),
    outcome: outcomeOf(fact),
    outcomeDesc: fact.outcome,
    purposeOfEvent: [{ coding: [codingOf(fact)] }],
    agent: agents(fact.agent),
    source: { site: fact.source, observer: { display: 'edge-spine' } },
    entity: fact.requestId === '' ? [entity] : [entity, request],
  };
}
