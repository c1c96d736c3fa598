/** Faults and rare branches that a long run must have met, or it has proven less than it says. */
export const MARKS = [
  'request lost', 'request doubled', 'reply lost', 'misrouted', 'client retry', 'client gave up',
  'crash', 'crash at commit', 'commit error', 'unconfirmed commit lost', 'unconfirmed commit survived',
  'statement fault', 'storage full', 'abort: flush failed', 'start failed',
  'evicted', 'superseded', 'superseded instance refused by storage', 'deploy', 'clock jump', 'frozen',
  'refused read-only', 'refused not-ours', 'refused version-mismatch', 'refused request-id-reused', 'replayed',
  'national outage', 'national error', 'national acknowledgement lost', 'national call later than its deadline', 'national copy came late',
  'delivery error', 'delivery acknowledgement lost', 'poisoned delivery', 'dead letter',
  'alarm', 'alarm lost', 'alarm twice',
  'engine failure operation', 'engine failure flush', 'engine failure snapshot', 'engine failure delivery', 'engine failure wake-up',
] as const;
