/** Published examples that no request to a running server brings about, and what shows them instead. */

export const LEFT_OUT: readonly { readonly path: string; readonly reason: string }[] = [
  {
    path: 'eps/spec/errors/prescription-order-update/R-0009-Cancellation.json',
    reason: 'told where cancelling is switched off for all; there is no such switch here',
  },
  {
    path: 'cpt/errors/401_Unauthorized.json',
    reason: 'the server of this run asks for no token; test/routes/eps/trackers.test.ts, EPS-W75',
  },
  {
    path: 'cpt/errors/403_Forbidden.json',
    reason: 'the national back end refuses the tracker itself (inferred); nothing stands behind this service',
  },
  {
    path: 'cpt/errors/408_Timeout.json',
    reason: 'needs a shard that does not answer; test/routes/eps/trackers.test.ts, EPS-W75',
  },
  {
    path: 'cpt/errors/500_InternalServerError.json',
    reason: 'needs a fault of the program; test/routes/eps/trackers.test.ts, EPS-W75',
  },
  {
    path: 'pfp/error/error-500.json',
    reason: 'tells that the gateway has no certificate for the national back end; nothing stands behind this service',
  },
  {
    path: 'pfp/success/success-tracking-temporarily-unavailable.json',
    reason: 'needs updates that cannot be read; test/domain/eps/answers.test.ts, EPS-W83',
  },
];
