/** Planted bugs of prescriptions, at least one for each invariant, and the play that must catch each. */
import type { Mutation } from '../mutations.ts';

export interface PrescriptionMutation extends Mutation {
  readonly play: string;
}

const inFile =
  (file: string) =>
  (play: string, name: string, [find, replace]: readonly [string, string]): PrescriptionMutation => ({
    name,
    play,
    changes: [{ file, find, replace }],
  });

const releasing = inFile('domain/eps/release.ts');
const following = inFile('domain/eps/follow-patient.ts');
const answering = inFile('routes/eps/release.ts');
const work = inFile('actors/prescription-work.ts');
const follower = inFile('actors/prescription-follower.ts');
const change = inFile('domain/eps/change.ts');
const record = inFile('domain/eps/prescription.ts');
const queue = inFile('domain/eps/queue-entry.ts');

export const PRESCRIPTION_MUTATIONS: readonly PrescriptionMutation[] = [
  releasing('by-id-race', 'hand-out-without-moving-the-status', [
    "const { readyAt: _due, ...rest } = inStatus(issue, '0002', now);",
    'const { readyAt: _due, ...rest } = issue;',
  ]),
  releasing('asks-anew', 'forget-who-was-not-answered', [
    '(command.again ?? []).includes(releaseId)',
    '([] as string[]).includes(releaseId)',
  ]),
  releasing('by-id-against-queue', 'trust-the-queue', [
    "if (!unanswered && !FROM[nominated ? 'nominated-release' : 'release-by-id'].includes(issue.status))",
    "if (!nominated && !FROM['release-by-id'].includes(issue.status))",
  ]),
  releasing('return', 'forget-what-waited-for-the-return', ['state: pendingApplied(returned, now)', 'state: returned']),
  releasing('return', 'queue-again-what-came-back', [
    'denominated(withIssue(before, backWithService(issue, now)))',
    'withIssue(before, backWithService(issue, now))',
  ]),
  record('nominated-release', 'drop-the-outbox', ['[...decision.outbox, ...queued]', 'decision.outbox']),
  queue('asks-anew', 'forget-the-releases-of-a-lease', [
    '[...(state.releases ?? []).slice(-RELEASES_MAX), release]',
    '[]',
  ]),
  queue('asks-anew', 'lease-for-ever', ["place: 'leased', pull, until,", "place: 'leased', pull, until: until * 2,"]),
  answering('nominated-release', 'settle-what-nobody-knows', [
    "answers[index]?.kind === 'unavailable' ? [] : [id]",
    '[id]',
  ]),
  answering('asks-anew', 'answer-before-it-is-settled', [
    'if (!(await prescriptions.settlePull(dispenser.ods, pull, { agent, ids: settled }))) return LOST;',
    'void prescriptions.settlePull(dispenser.ods, pull, { agent, ids: settled });',
  ]),
  inFile('actors/dispenser-queue.ts')('nominated-release', 'pull-anew-at-a-repeat', [
    "if (known.kind === 'replied' && known.replayed === true)",
    'if (false)',
  ]),
  work('cancel-before-order', 'lose-the-text-of-an-order', [
    "outcome.effect === 'accepted' &&",
    "outcome.effect === 'unchanged' &&",
  ]),
  work('by-id-race', 'let-repeats-act-again', [
    '`${kind}/${id}/${command.name}/${requestId}`',
    '`${kind}/${id}/${command.name}/${requestId}/${steps.now}`',
  ]),
  inFile('domain/eps/prescription-location.ts')('same-id', 'let-two-have-one-id', [
    "state !== null && (name === 'claim-id' ||",
    'state !== null && (',
  ]),
  inFile('domain/eps/cancel-item.ts')('cancel-against-release', 'cancel-what-is-taken', [
    'if (CANCELLABLE.includes(issue.status)) {',
    'if (true) {',
  ]),
  inFile('domain/eps/begin-message.ts')('merge-meanwhile', 'apply-a-message-twice', [
    'state.log.some((entry) => entry.messageId === messageId)',
    'false',
  ]),
  inFile('domain/eps/dispense.ts')('withdraw', 'keep-what-was-withdrawn', [
    'notifications: issue.notifications.slice(0, -1)',
    'notifications: issue.notifications',
  ]),
  inFile('domain/eps/dispense.ts')('dispense', 'write-no-dispensing-down', [
    'const log = logged(before, after, noted);',
    'const log = noted.at < 0 ? logged(before, after, noted) : after;',
  ]),
  inFile('domain/eps/place-claim.ts')('amend', 'keep-the-claim-that-was-mended', [
    'issue.claims.slice(0, -1)',
    'issue.claims',
  ]),
  inFile('domain/eps/statuses.ts')('claim', 'claim-twice', [
    "claim: ['0006', '0007'],",
    "claim: ['0006', '0007', '0008'],",
  ]),
  change('dispense', 'break-the-log', [
    'from: before === null ? null : status(before)',
    'from: before === null ? null : status(after)',
  ]),
  change('next-issue', 'roll-on-too-early', ["due > now ? '0000' : '0001'", "'0001'"]),
  follower('next-issue', 'wait-for-nothing', [
    'this.#engine.wakeUps.ensure(ACTIVITIES, Number(first.position));',
    'void first;',
  ]),
  follower('nomination-change', 'move-the-mark-first', [
    'const answer = await this.#engine.transact(0, (steps) => {\n      for (const nhsNumber of concerned)',
    'statements.setMeta(FOLLOWED_TO, String(last.seq));\n    const answer = await this.#engine.transact(0, (steps) => {\n      for (const nhsNumber of concerned)',
  ]),
  follower('death', 'follow-no-death', ["if (facts.deceased) change({ name: 'note-death' });", '']),
  following('merge', 'leave-the-text-behind', ['[record] : [text, record]', '[record] : [record]']),
  following('merge', 'leave-the-locator-behind', ['outbox: [relocate]', 'outbox: []']),
  following('death', 'fail-over-a-nomination', [
    'if (patientPharmacy === ods || COMPLETED.includes(issue.status)) return UNCHANGED;',
    "if (patientPharmacy === ods || COMPLETED.includes(issue.status)) throw new Error('planted');",
  ]),
  inFile('engine/outbox.ts')('nominated-release', 'owe-a-postponed-delivery-for-ever', [
    'if (next !== null) this.#wakeUps.ensure(WAKE_UP, next);',
    '',
  ]),
];
