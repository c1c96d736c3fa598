/** The plays in which a prescription follows time and its patient: the next issue, a nomination, a death, a merge. */
import { shardOf } from '../../../src/actors/addresses.ts';
import { ENVELOPE_VERSION } from '../../../src/engine/envelope.ts';
import { NOMINATED_PHARMACY } from '../../../src/fhir/pds-extensions.ts';
import { AGENT, SHARDS } from '../../support/prescription-actor.ts';
import { mustBe } from './broken.ts';
import { OTHER, PATIENTS, PHARMACY, numberOf } from './client.ts';
import type { Client } from './client.ts';
import { play } from './play.ts';
import type { Play } from './play.ts';

const MINUTE = 60_000;
/** From the beginning of the world to shortly before midnight, when the next issue is offered. */
const EVENING = 15.7 * 60 * MINUTE;
const BOTH_DISPENSED = ['0001', '0001'];

/** Two prescriptions of one patient. */
const SAME_PATIENT = PATIENTS.length;

interface Change {
  readonly version: number;
  readonly pharmacy?: string;
  readonly deceased?: string;
  readonly supersededBy?: string;
}

/** The demographics change, as by an operator's import, and what follows from that is given time. */
async function changed(client: Client, nhsNumber: string, change: Change): Promise<void> {
  const { deceased, pharmacy, supersededBy, version } = change;
  const nominated = { url: NOMINATED_PHARMACY, valueReference: { identifier: { value: pharmacy } } };
  const resource = {
    resourceType: 'Patient',
    id: nhsNumber,
    ...(pharmacy === undefined ? {} : { extension: [nominated] }),
    ...(deceased === undefined ? {} : { deceasedDateTime: deceased }),
  };
  const annex = supersededBy === undefined ? '' : JSON.stringify({ status: 'superseded', supersededBy });
  const record = { kind: 'demographics', key: nhsNumber, version, body: JSON.stringify(resource), annex };
  const { world } = client;
  const name = `patient-${shardOf(nhsNumber, SHARDS)}` as 'patient-0' | 'patient-1';
  const chunkId = `${nhsNumber}/${version}`;
  await world.import(name, { v: ENVELOPE_VERSION, chunkId, agent: AGENT, records: [record] });
  world.actors[name].instance.follower?.nudge();
  await client.pause(5_000);
  // What a crash interrupted goes on with the next instance, which any request wakes.
  world.wake();
  await client.pause(5_000);
}

const nextIssue = play('next-issue', {
  rule: 'EPS-X17',
  async act(client) {
    await client.pause(EVENING);
    await client.order(0, { nominated: PHARMACY, repeats: 1 });
    await client.poll();
    const early = await client.dispense(0, { messageId: 'd-1', status: '0006', items: BOTH_DISPENSED });
    await client.poll({ name: 'too-early' });
    const before = client.handed.length;
    await client.pause(20 * MINUTE);
    await client.poll({ name: 'due' });
    const done = await client.dispense(0, { messageId: 'd-2', status: '0006', items: BOTH_DISPENSED });
    return { before, told: [early.status, done.status] };
  },
  judge({ before, told }, ended) {
    mustBe('one issue before it is due, the next after', [before, ended.client.handed.length], [1, 2]);
    mustBe('both go to the nominated pharmacy', ended.client.holders(0), [PHARMACY, PHARMACY]);
    mustBe(
      'both are dispensed',
      [told, ended.issues(0)],
      [
        [200, 200],
        ['0006 0001,0001', '0006 0001,0001'],
      ],
    );
    return 'both issues';
  },
});

const nomination = play('nomination-change', {
  rule: 'EPS-X18',
  async act(client) {
    await changed(client, numberOf(0), { version: 2, pharmacy: PHARMACY });
    await client.order(0);
    await changed(client, numberOf(0), { version: 3, pharmacy: OTHER });
    await client.poll();
    await client.poll({ ods: OTHER, name: 'other' });
  },
  judge(_seen, ended) {
    mustBe('it went with the nomination', ended.client.holders(0), [OTHER]);
    mustBe('it changed once', ended.stored(0)?.formerNominations, [PHARMACY]);
    return 'moved';
  },
});

const death = play('death', {
  rule: 'EPS-X19',
  async act(client) {
    await client.order(0);
    await client.order(SAME_PATIENT);
    await client.byId(SAME_PATIENT, OTHER);
    await changed(client, numberOf(0), { version: 2, deceased: '2027-01-15' });
    await client.poll();
    const back = await client.return(SAME_PATIENT, OTHER);
    return back.status;
  },
  judge(back, ended) {
    mustBe('nothing is handed out for the dead', ended.client.holders(0), []);
    mustBe('what waited is cancelled', ended.issues(0), ['0005 0005,0005']);
    mustBe('what was held is cancelled at its return', [back, ended.issues(SAME_PATIENT)], [200, ['0005 0005,0005']]);
    return 'cancelled';
  },
});

const FROM = PATIENTS.find((one) => shardOf(one, SHARDS) === 0) ?? '';
const INTO = PATIENTS.find((one) => shardOf(one, SHARDS) === 1) ?? '';
const MERGED = PATIENTS.indexOf(FROM);

const merge = play('merge', {
  rule: 'EPS-X06',
  async act(client) {
    await client.order(MERGED);
    // Nobody asks for this one: it goes on waiting.
    await client.order(MERGED + SAME_PATIENT, { nominated: OTHER });
    await changed(client, FROM, { version: 2, supersededBy: INTO });
    await client.poll();
  },
  judge(_seen, ended) {
    mustBe('it is found, waits and is had as before', ended.client.holders(MERGED), [PHARMACY]);
    const both = [MERGED, MERGED + SAME_PATIENT].map((n) => ended.stored(n)?.nhsNumber);
    mustBe('they live under the other number', both, [INTO, INTO]);
    mustBe('what nobody asked for waits', ended.issues(MERGED + SAME_PATIENT), ['0001 0007,0007']);
    return 'moved';
  },
});

const mergeMeanwhile = play('merge-meanwhile', {
  rule: 'EPS-X20',
  async act(client) {
    await client.order(MERGED);
    await client.byId(MERGED, PHARMACY);
    const notification = { messageId: 'd-1', status: '0006', items: BOTH_DISPENSED };
    const [, done] = await Promise.all([
      changed(client, FROM, { version: 2, supersededBy: INTO }),
      client.dispense(MERGED, notification),
    ]);
    // The same message where no answer to it is remembered: the log remembers it.
    const again = await client.dispense(MERGED, { ...notification, nhsNumber: INTO });
    const claim = await client.claim(MERGED, 'c-1');
    return [done.status, again.status, claim.status];
  },
  judge(told, ended) {
    mustBe('messages find it by either number', told, [200, 200, 200]);
    mustBe('it is claimed', ended.issues(MERGED), ['0008 0001,0001']);
    mustBe('it lives under the other number', ended.stored(MERGED)?.nhsNumber, INTO);
    return 'claimed';
  },
});

export const FOLLOWING: readonly Play[] = [nextIssue, nomination, death, merge, mergeMeanwhile];
