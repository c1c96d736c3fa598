/** One privacy alert on its way through the hands of an organisation's privacy officers: new, acknowledged, closed. */
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';
import { alertKey } from '../../events/privacy-alert.ts';
import type { PrivacyAlert } from '../../events/privacy-alert.ts';

export type AlertStatus = 'new' | 'acknowledged' | 'closed';

export interface HandledAlert extends PrivacyAlert {
  readonly status: AlertStatus;
  readonly acknowledgedBy?: string;
  readonly acknowledgedAt?: number;
  readonly closedBy?: string;
  readonly closedAt?: number;
  /** What came of it. */
  readonly finding?: Finding;
}

export const FINDINGS = ['justified', 'not-justified', 'inconclusive'] as const;
export type Finding = (typeof FINDINGS)[number];

export type AlertCommand =
  | (Command & { readonly name: 'raise-privacy-alert'; readonly alert: PrivacyAlert })
  | (Command & { readonly name: 'acknowledge-alert' })
  | (Command & { readonly name: 'close-alert'; readonly finding: Finding });

export type AlertRefusalCode = 'unknown-alert' | 'own-alert' | 'not-acknowledged' | 'wrong-key';

export const PRIVACY_ALERT = 'privacy-alert';

/** The work list of an organisation. */
export const worklist = (organization: string, status: AlertStatus): string => `alerts/${organization}/${status}`;

/** Who waits longer than this is heard one step higher. */
const ESCALATES_AFTER_MS = 7 * 86_400_000;

export const isEscalated = ({ at, status }: HandledAlert, now: number): boolean =>
  status === 'new' && now - at >= ESCALATES_AFTER_MS;

const refuse = (code: AlertRefusalCode): Decision<HandledAlert> => ({ kind: 'refused', code });
const unchanged = (state: HandledAlert): Decision<HandledAlert> => ({
  kind: 'unchanged',
  reply: { body: JSON.stringify(state) },
});
const accept = (state: HandledAlert): Decision<HandledAlert> => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: JSON.stringify(state) },
});

function decide(state: HandledAlert | null, command: AlertCommand, context: DecisionContext): Decision<HandledAlert> {
  if (command.name === 'raise-privacy-alert') {
    if (alertKey(command.alert) !== context.key) return refuse('wrong-key');
    return state === null ? accept({ ...command.alert, status: 'new' }) : unchanged(state);
  }
  if (state === null) return refuse('unknown-alert');
  const { agent, now } = context;
  // Nobody judges what he did himself.
  if (agent.user === undefined || agent.user === state.user) return refuse('own-alert');
  if (command.name === 'acknowledge-alert') {
    if (state.status !== 'new') return unchanged(state);
    return accept({ ...state, status: 'acknowledged', acknowledgedBy: agent.user, acknowledgedAt: now });
  }
  if (state.status === 'new') return refuse('not-acknowledged');
  if (state.status === 'closed') return unchanged(state);
  return accept({ ...state, status: 'closed', closedBy: agent.user, closedAt: now, finding: command.finding });
}

export const privacyAlertKind: RecordKind<HandledAlert, AlertCommand> = {
  name: PRIVACY_ALERT,
  decode: ({ body }) => JSON.parse(body) as HandledAlert,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => (record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-alert' }),
  lists: ({ id, organization, status }) => [{ list: worklist(organization, status), position: id, note: '' }],
};
