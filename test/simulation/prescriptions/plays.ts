/** The plays about one prescription and those who handle it: release, cancellation, return, dispensing, withdrawal, claim. */
import { shardOf } from '../../../src/actors/addresses.ts';
import { statusOf } from '../../../src/domain/eps/prescription-state.ts';
import { SHARDS } from '../../support/prescription-actor.ts';
import { mustBe } from './broken.ts';
import { OTHER, PATIENTS, PHARMACY, numberOf } from './client.ts';
import type { Client } from './client.ts';
import { itemOf, shortId } from './messages.ts';
import { play } from './play.ts';
import type { Ended, Play } from './play.ts';

/** One in each shard. */
const WANTED = [0, 1].map((shard) => PATIENTS.findIndex((one) => shardOf(one, SHARDS) === shard));
const shortIds = WANTED.map(shortId).toSorted();
const BOTH_DISPENSED = ['0001', '0001'];

const statuses = (messages: readonly { readonly status: number }[]): readonly number[] =>
  messages.map(({ status }) => status);

async function ordersAndPolls(client: Client, anew: boolean): Promise<readonly string[]> {
  const ordered = await Promise.all(WANTED.map((n) => client.order(n)));
  mustBe('orders are taken', statuses(ordered), [200, 200]);
  await client.poll({ anew });
  return client.handed.map(({ id }) => id).toSorted();
}

const allReleased = ({ world }: Ended): void =>
  mustBe('all are with the dispenser', world.stored().map(statusOf), ['0002', '0002']);

const nominatedRelease = play('nominated-release', {
  rule: 'EPS-X02',
  act: (client) => ordersAndPolls(client, false),
  judge(seen, ended) {
    mustBe('each comes once', seen, shortIds);
    allReleased(ended);
    return 'all came';
  },
});

const asksAnew = play('asks-anew', {
  rule: 'EPS-X03',
  act: (client) => ordersAndPolls(client, true),
  judge(seen, ended) {
    mustBe('nothing comes twice', new Set(seen).size, seen.length);
    // An answer is under way only after what it brings was settled.
    const lost = ended.faults.some(
      ({ step, what }) =>
        typeof what === 'object' &&
        'crash' in what &&
        what.crash === 'edge' &&
        ended.world.trace.slice(0, step).includes('settle leaves for organization'),
    );
    if (!lost) mustBe('each comes once', seen, shortIds);
    allReleased(ended);
    return seen.length === shortIds.length ? 'all came' : 'an answer was lost';
  },
});

const byIdRace = play('by-id-race', {
  rule: 'EPS-X10',
  async act(client) {
    await client.order(0);
    return Promise.all([client.byId(0, PHARMACY), client.byId(0, OTHER)]);
  },
  judge([first, second], ended) {
    const [holder = ''] = ended.client.holders(0);
    mustBe('one is handed it', ended.client.holders(0).length, 1);
    mustBe('it is with whom it was handed', ended.stored(0)?.issues[0]?.dispenser?.ods, holder);
    mustBe(
      'one is told no',
      [200, 400].map((status) => statuses([first, second]).includes(status)),
      [true, true],
    );
    const loser = first.status === 400 ? first : second;
    mustBe('the other is told who has it', loser.body.includes(`Pharmacy ${holder}`), true);
    return holder;
  },
});

const cancelAgainstRelease = play('cancel-against-release', {
  rule: 'EPS-X04',
  async act(client) {
    await client.order(0);
    return Promise.all([client.cancel(0, 1), client.byId(0, PHARMACY), client.cancel(0, 2)]);
  },
  judge([cancelA, taken, cancelB], ended) {
    const state = ended.stored(0);
    const items = state?.issues[0]?.items.map(({ status }) => status) ?? [];
    for (const [index, { body, status }] of [cancelA, cancelB].entries()) {
      const cancelled = items[index] === '0005';
      mustBe('who cancels is told what came of it', status, cancelled ? 200 : 400);
      mustBe('who cancels is told in which words', body.includes(cancelled ? 'R-0001' : 'R-0002'), true);
    }
    const won = state !== undefined && statusOf(state) === '0002';
    mustBe('who asks for it is told whether it is his', taken.status, won ? 200 : 400);
    mustBe('it is handed to him or to nobody', ended.client.holders(0).length, won ? 1 : 0);
    if (!won) mustBe('it was cancelled', taken.body.includes('PRESCRIPTION_CANCELLED'), true);
    return items.join();
  },
});

const byIdAgainstQueue = play('by-id-against-queue', {
  rule: 'EPS-X05',
  async act(client) {
    await client.order(0);
    const [taken] = await Promise.all([client.byId(0, OTHER), client.poll()]);
    return taken;
  },
  judge(taken, ended) {
    const [holder = ''] = ended.client.holders(0);
    mustBe('one is handed it', ended.client.holders(0).length, 1);
    mustBe('it is with whom it was handed', ended.stored(0)?.issues[0]?.dispenser?.ods, holder);
    mustBe('the other is told', taken.status, holder === OTHER ? 200 : 400);
    return holder;
  },
});

const returned = play('return', {
  rule: 'EPS-X11',
  async act(client) {
    await client.order(0);
    const taken = await client.byId(0, PHARMACY);
    const cancelled = await client.cancel(0, 1);
    const back = await client.return(0, PHARMACY);
    const [had] = await Promise.all([client.byId(0, OTHER), client.poll()]);
    return { told: statuses([taken, cancelled, back, had]), cancelled: cancelled.body };
  },
  judge({ cancelled, told }, ended) {
    mustBe('all is done, and the cancellation waits', told, [200, 400, 200, 200]);
    mustBe('it waits for the dispenser', cancelled.includes('R-0002'), true);
    mustBe('handed out, and once more after the return', ended.client.holders(0), [PHARMACY, OTHER]);
    mustBe('the cancellation was carried out at the return', ended.issues(0), ['0002 0005,0008']);
    return 'had by the other';
  },
});

const dispensed = play('dispense', {
  rule: 'EPS-X12',
  async act(client) {
    await client.order(0);
    await client.poll();
    const begun = await client.dispense(0, { messageId: 'd-1', status: '0003', items: ['0001', '0003'] });
    const done = await client.dispense(0, { messageId: 'd-2', status: '0006', items: BOTH_DISPENSED });
    const late = await client.dispense(0, { messageId: 'd-3', status: '0006', items: BOTH_DISPENSED });
    return statuses([begun, done, late]);
  },
  judge(told, ended) {
    mustBe('two are taken, the third is too late', told, [200, 200, 400]);
    mustBe('each is told once', ended.client.holders(0), [PHARMACY]);
    mustBe('it is dispensed', ended.issues(0), ['0006 0001,0001']);
    const noted = ended.stored(0)?.issues[0]?.notifications.map(({ id }) => id);
    mustBe('both notifications count', noted, ['d-1', 'd-2']);
    return 'dispensed';
  },
});

const withdrawn = play('withdraw', {
  rule: 'EPS-X13',
  async act(client) {
    await client.order(0);
    await client.byId(0, PHARMACY);
    const done = await client.dispense(0, { messageId: 'd-1', status: '0006', items: BOTH_DISPENSED });
    const back = await client.withdraw(0, 'd-1');
    const again = await client.dispense(0, { messageId: 'd-2', status: '0007', items: ['0002', '0002'] });
    return statuses([done, back, again]);
  },
  judge(told, ended) {
    mustBe('all is done', told, [200, 200, 200]);
    mustBe('the last word counts', ended.issues(0), ['0007 0002,0002']);
    const issue = ended.stored(0)?.issues[0];
    mustBe(
      'one notification counts',
      issue?.notifications.map(({ id }) => id),
      ['d-2'],
    );
    mustBe(
      'one was taken back',
      issue?.pastNotifications.map(({ ended: how, id }) => `${id} ${how}`),
      ['d-1 withdrawn'],
    );
    return 'not dispensed';
  },
});

const claimed = play('claim', {
  rule: 'EPS-X14',
  async act(client) {
    await client.order(0);
    await client.byId(0, PHARMACY);
    const early = await client.claim(0, 'c-0');
    const done = await client.dispense(0, { messageId: 'd-1', status: '0006', items: BOTH_DISPENSED });
    const [one, two] = await Promise.all([client.claim(0, 'c-1'), client.claim(0, 'c-2')]);
    return { told: statuses([early, done]), claims: statuses([one, two]) };
  },
  judge({ claims, told }, ended) {
    mustBe('no claim before the dispensing', told, [400, 200]);
    mustBe(
      'one claim is taken',
      [200, 400].map((status) => claims.includes(status)),
      [true, true],
    );
    mustBe('it is claimed', ended.issues(0), ['0008 0001,0001']);
    const kept = ended.stored(0)?.issues[0]?.claims.map(({ id }) => id);
    mustBe('the claim that was taken', kept, [claims[0] === 200 ? 'c-1' : 'c-2']);
    return kept?.[0] ?? '';
  },
});

const amended = play('amend', {
  rule: 'EPS-X15',
  async act(client) {
    await client.order(0);
    await client.byId(0, PHARMACY);
    await client.dispense(0, { messageId: 'd-1', status: '0003', items: ['0001', '0003'] });
    const mended = { messageId: 'd-2', replaces: 'd-1', status: '0006', items: ['0001', '0002'] };
    const amendment = await client.dispense(0, mended);
    const late = await client.dispense(0, { ...mended, messageId: 'd-3' });
    const claim = await client.claim(0, 'c-1');
    const mendedClaim = await client.claim(0, 'c-2', 'c-1');
    return statuses([amendment, late, claim, mendedClaim]);
  },
  judge(told, ended) {
    mustBe('each is mended once', told, [200, 400, 200, 200]);
    mustBe('the mended word counts', ended.issues(0), ['0008 0001,0002']);
    const issue = ended.stored(0)?.issues[0];
    mustBe(
      'one notification counts',
      issue?.notifications.map(({ id }) => id),
      ['d-2'],
    );
    mustBe(
      'one claim counts',
      issue?.claims.map(({ id }) => id),
      ['c-2'],
    );
    return 'claimed';
  },
});

const cancelledBefore = play('cancel-before-order', {
  rule: 'EPS-X16',
  async act(client) {
    const early = await client.cancel(0, 1);
    const ordered = await client.order(0);
    await client.poll();
    return { early, ordered: ordered.status };
  },
  judge({ early, ordered }, ended) {
    mustBe('there is nothing yet', [early.status, early.body.includes('R-0008'), ordered], [400, true, 200]);
    mustBe('the item was cancelled with the order', ended.issues(0), ['0002 0005,0008']);
    mustBe('the rest is handed out', ended.client.holders(0), [PHARMACY]);
    mustBe(
      'the items are the ordered ones',
      ended.stored(0)?.order?.items.map(({ id }) => id),
      [itemOf(1), itemOf(2)],
    );
    return 'one item';
  },
});

const sameId = play('same-id', {
  rule: 'EPS-X21',
  act: (client) =>
    Promise.all([
      client.order(0),
      client.order(0, { nhsNumber: numberOf(1), messageId: 'order-0-too', nominated: OTHER }),
    ]),
  judge([first, second], ended) {
    const told = [first, second].map(({ body, status }) => (status === 200 ? 'taken' : body));
    const winner = told.indexOf('taken');
    mustBe('one patient has the id, the other is told so', told.toSorted(), ['DUPLICATE_PRESCRIPTION_ID', 'taken']);
    mustBe('it is with the patient who was told so', ended.stored(0)?.nhsNumber, numberOf(winner));
    return numberOf(winner);
  },
});

export const HANDLING: readonly Play[] = [
  nominatedRelease,
  asksAnew,
  byIdRace,
  cancelAgainstRelease,
  byIdAgainstQueue,
  returned,
  dispensed,
  withdrawn,
  claimed,
  amended,
  cancelledBefore,
  sameId,
];
