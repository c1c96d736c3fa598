/** The summary care record: which file answers which command and query, and how it is stored. */
import type {
  Decision,
  DecisionContext,
  MergeableKind,
  RecordView,
  View,
  ViewContext,
} from '../../engine/record-kind.ts';
import { isMerger } from '../../nhs/merger.ts';
import { decideAccess, patientFacts } from './access-decision.ts';
import type { AbsorbSummary, SetPermission, SummaryCommand, SummaryQuery, UploadSummary } from './commands.ts';
import { NOT_THE_MERGER, duplicateEvent } from './refusals.ts';
import { NOTHING_YET } from './summary-state.ts';
import type { StoredSummary, SummaryCareRecord } from './summary-state.ts';

/** What stands beside the entries. */
type Annex = Omit<SummaryCareRecord, 'latest'> & { readonly latest?: Omit<StoredSummary, 'entries'> };

export const summaryCareRecord: MergeableKind<SummaryCareRecord, SummaryCommand, SummaryQuery> = {
  name: 'summary-care-record',

  decode({ body, annex }) {
    const { latest, ...rest } = JSON.parse(annex) as Annex;
    return latest === undefined ? rest : { ...rest, latest: { ...latest, entries: body } };
  },

  encode({ latest, ...rest }) {
    if (latest === undefined) return { body: '', annex: JSON.stringify(rest) };
    const { entries, ...facts } = latest;
    const annex: Annex = { ...rest, latest: facts };
    return { body: entries, annex: JSON.stringify(annex) };
  },

  decide(state, command, context) {
    switch (command.name) {
      case 'upload-summary':
        return decideUpload(state ?? NOTHING_YET, command, context);
      case 'set-permission':
        return decidePermission(state ?? NOTHING_YET, command, context);
      case 'absorb-summary':
        return isMerger(context.agent) ? decideAbsorb(state ?? NOTHING_YET, command) : NOT_THE_MERGER;
      case 'retire-summary':
        return isMerger(context.agent) ? { kind: 'unchanged', reply: { body: '' } } : NOT_THE_MERGER;
    }
  },

  view(record, query, context) {
    switch (query.name) {
      case 'get-summary-id':
        return viewId(record, context);
      case 'get-summary':
        return viewSummary(record, query.eventId, context);
      case 'may-upload': {
        const access = accessTo('upload', record?.state() ?? null, context);
        return access.kind === 'permitted' ? { kind: 'found', body: '' } : access;
      }
    }
  },

  handOver: (state) => ({
    absorb: state === null ? null : { name: 'absorb-summary', retired: state },
    retire: { name: 'retire-summary' },
  }),
};

type Surroundings = Pick<ViewContext, 'neighbour'>;

const accessTo = (
  action: 'view' | 'upload' | 'set-permission',
  record: SummaryCareRecord | null,
  context: Surroundings,
) => decideAccess(action, patientFacts(context.neighbour('demographics')), record);

const accepted = (state: SummaryCareRecord): Decision<SummaryCareRecord> => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: '' },
});

/** The last upload wins, whatever it says it replaces; only an id that was here before is refused. */
function decideUpload(
  state: SummaryCareRecord,
  command: UploadSummary,
  context: DecisionContext,
): Decision<SummaryCareRecord> {
  const access = accessTo('upload', state, context);
  if (access.kind === 'refused') return access;
  const { name: _name, ...summary } = command;
  if (state.eventIds.includes(summary.eventId)) return duplicateEvent(summary.eventId, context.key);
  const latest: StoredSummary = { ...summary, storedAt: context.now };
  return accepted({ ...state, latest, eventIds: [...state.eventIds, summary.eventId] });
}

/** Also when it changes nothing: that it was set again is worth a trace. */
function decidePermission(
  state: SummaryCareRecord,
  { permission, jobRole }: SetPermission,
  context: DecisionContext,
): Decision<SummaryCareRecord> {
  const access = accessTo('set-permission', state, context);
  if (access.kind === 'refused') return access;
  return accepted({ ...state, permission: { code: permission, setAt: context.now, jobRole } });
}

/** The newer summary lives on. A refusal of either person's wins; otherwise the permission set last. */
function decideAbsorb(state: SummaryCareRecord, { retired }: AbsorbSummary): Decision<SummaryCareRecord> {
  const latest = [state.latest, retired.latest]
    .filter((summary) => summary !== undefined)
    .toSorted((a, b) => b.storedAt - a.storedAt)[0];
  const permission = [state.permission, retired.permission]
    .filter((set) => set !== undefined)
    .toSorted((a, b) => Number(b.code === 'No') - Number(a.code === 'No') || b.setAt - a.setAt)[0];
  return accepted({
    ...(permission === undefined ? {} : { permission }),
    ...(latest === undefined ? {} : { latest }),
    eventIds: [...new Set([...state.eventIds, ...retired.eventIds])],
  });
}

const NO_SUMMARY: View = { kind: 'found', body: '' };

/** The id and the label of the latest summary as attributes; none where there is no summary. */
function viewId(record: RecordView<SummaryCareRecord> | null, context: ViewContext): View {
  const state = record?.state() ?? null;
  const access = accessTo('view', state, context);
  if (access.kind !== 'permitted') return access;
  if (state?.latest === undefined) return NO_SUMMARY;
  return {
    kind: 'found',
    body: '',
    attributes: { eventId: state.latest.eventId, permission: state.permission?.code ?? 'Ask' },
  };
}

/** The entries as stored, or where they lie; without attributes where the id asked for is not the latest one's. */
function viewSummary(record: RecordView<SummaryCareRecord> | null, eventId: string, context: ViewContext): View {
  const state = record?.state() ?? null;
  const access = accessTo('view', state, context);
  if (access.kind !== 'permitted') return access;
  const latest = state?.latest;
  if (latest === undefined || latest.eventId !== eventId) return NO_SUMMARY;
  const { entries, outside, total } = latest;
  return {
    kind: 'found',
    body: entries,
    attributes: {
      total: String(total),
      withhold: access.withhold,
      ...(outside === undefined ? {} : { outside: outside.sha256 }),
    },
  };
}
