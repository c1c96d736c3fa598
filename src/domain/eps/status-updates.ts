/** What pharmacies told of the items of a patient's prescriptions on their way: one record for each patient. */
import type { Command, Decision, DecisionContext, MergeableKind, View } from '../../engine/record-kind.ts';
import { isMerger } from '../../nhs/merger.ts';

export interface StatusUpdate {
  readonly taskId: string;
  /** Short id with its check character, upper case. */
  readonly prescriptionId: string;
  /** Lower case. */
  readonly lineItem: string;
  /** The business status as it was sent. */
  readonly status: string;
  readonly terminal: 'in-progress' | 'completed';
  readonly ods: string;
  /** When the item changed, or is foretold to change; as it was sent. */
  readonly lastModified: string;
  /** Present where `lastModified` is foretold: when that was said. */
  readonly lastUpdated?: string;
  /** Issue of a repeat dispensing prescription. */
  readonly repeat?: number;
  readonly application: string;
  readonly requestId: string;
}

export interface StatusUpdates {
  /** Oldest first. */
  readonly updates: readonly StatusUpdate[];
}

/** Twenty items a month with two updates each are 480 a year: who looks at the way of an item looks at the last weeks. */
const UPDATES_MAX = 500;

export interface RecordStatusUpdates extends Command {
  readonly name: 'record-status-updates';
  readonly updates: readonly StatusUpdate[];
}

/** Part of merging two NHS numbers: what was told under the retired number is found under the surviving one. */
export type MergeStatusUpdates =
  | (Command & { readonly name: 'absorb-status-updates'; readonly retired: StatusUpdates })
  | (Command & { readonly name: 'retire-status-updates' });

export const STATUS_UPDATES = 'prescription-status-updates';

const sameTask = (one: StatusUpdate, other: StatusUpdate): boolean =>
  one.taskId === other.taskId && one.prescriptionId === other.prescriptionId;

function decide(
  state: StatusUpdates | null,
  command: RecordStatusUpdates | MergeStatusUpdates,
  { agent }: DecisionContext,
): Decision<StatusUpdates> {
  if (command.name === 'record-status-updates') return recordUpdates(state, command);
  if (!isMerger(agent)) return { kind: 'refused', code: 'unauthorised' };
  if (command.name === 'retire-status-updates') return { kind: 'unchanged', reply: { body: '' } };
  const all = [...command.retired.updates, ...(state?.updates ?? [])];
  return { kind: 'accepted', state: { updates: all.slice(-UPDATES_MAX) }, outbox: [], reply: { body: '' } };
}

/** All or nothing: a task that is known for its prescription refuses the rest with it. */
function recordUpdates(state: StatusUpdates | null, { updates }: RecordStatusUpdates): Decision<StatusUpdates> {
  const known = state?.updates ?? [];
  const repeated = updates.filter(
    (update, index) =>
      known.some((other) => sameTask(update, other)) ||
      updates.slice(0, index).some((other) => sameTask(update, other)),
  );
  if (repeated.length > 0)
    return { kind: 'refused', code: 'duplicate', diagnostics: JSON.stringify(repeated.map(({ taskId }) => taskId)) };
  const all = [...known, ...updates];
  return { kind: 'accepted', state: { updates: all.slice(-UPDATES_MAX) }, outbox: [], reply: { body: '' } };
}

export const statusUpdates: MergeableKind<StatusUpdates, RecordStatusUpdates | MergeStatusUpdates> = {
  name: STATUS_UPDATES,
  decode: ({ body }) => JSON.parse(body) as StatusUpdates,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => ({ kind: 'found', body: record?.body ?? '{"updates":[]}' }),
  handOver: (state) => ({
    absorb: state === null ? null : { name: 'absorb-status-updates', retired: state },
    retire: { name: 'retire-status-updates' },
  }),
};

/** The newest word on an item: of the latest change, and of two such the one that came last. */
export function latestOf(
  { updates }: StatusUpdates,
  item: { prescriptionId: string; lineItem: string; repeat: number | undefined },
): StatusUpdate | undefined {
  const mine = updates.filter(
    ({ lineItem, prescriptionId, repeat }) =>
      lineItem === item.lineItem &&
      prescriptionId === item.prescriptionId &&
      (repeat === undefined || item.repeat === undefined || repeat === item.repeat),
  );
  return mine.reduce<StatusUpdate | undefined>((latest, update) => {
    if (latest === undefined) return update;
    return Date.parse(update.lastModified) >= Date.parse(latest.lastModified) ? update : latest;
  }, undefined);
}
