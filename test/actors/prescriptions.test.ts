/** Prescriptions over real actors in workerd: races of dispensers, moves with the patient, work that is due. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { PrescriptionAnswer } from '../../src/actors/stubs.ts';
import type { CancelItem, Release } from '../../src/domain/eps/commands.ts';
import { statusOf } from '../../src/domain/eps/prescription-state.ts';
import type { OrderFacts, Prescription } from '../../src/domain/eps/prescription-state.ts';
import { spine } from '../support/engine.ts';
import { bound, emptyNationalDatabase } from '../support/national-database.ts';
import { facts } from '../domain/eps/life.ts';
import { ask, doors, load, numbersOn, person, shardOfNumber } from './spine.ts';

beforeAll(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
});

const AGENT = { client: 'test', mode: 'open', rights: [] };
const DAY = 86_400_000;

let serial = 0;
const newId = () => `${(0xa00000 + ++serial).toString(16).toUpperCase()}-A83008-00000`;
const options = (requestId: string) => ({ agent: AGENT, requestId, waitMs: 20_000 });
const { prescriptions } = doors;

async function order(nhsNumber: string, more: Partial<OrderFacts> = {}): Promise<string> {
  const id = newId();
  const now = Date.now();
  const told = facts({ nhsNumber, messageId: `order-${id}`, signedAt: now, effectiveAt: now, ...more });
  await prescriptions.claimId(id, nhsNumber, options(`order-${id}`));
  const work = { kind: 'order', id, order: told, text: `{"order":"${id}"}` } as const;
  expect(await prescriptions.call({ nhsNumber, work }, options(`order-${id}`))).toMatchObject({ kind: 'done' });
  return id;
}

const releaseOf = (ods: string, releaseId: string, by: Release['by'] = 'id'): Release => ({
  name: 'release',
  by,
  releaseId,
  dispenser: { ods, name: `Pharmacy ${ods}` },
});

const released = (nhsNumber: string, id: string, ods: string): Promise<PrescriptionAnswer> => {
  const requestId = crypto.randomUUID();
  const work = { kind: 'act', id, command: releaseOf(ods, requestId), withOrder: true } as const;
  return prescriptions.call({ nhsNumber, work }, options(requestId));
};

async function stored(nhsNumber: string, id: string): Promise<Prescription> {
  const answer = await prescriptions.call({ nhsNumber, work: { kind: 'get', id, withOrder: true } }, options('look'));
  const found = answer.kind === 'found' ? answer.found[0] : undefined;
  return found?.prescription ?? expect.unreachable(`not found: ${JSON.stringify(answer)}`);
}

/** One poll as the route does it; the answer is what was handed out. */
async function poll(ods: string): Promise<readonly string[]> {
  const requestId = crypto.randomUUID();
  const candidates = await prescriptions.pull(ods, requestId, { agent: AGENT, release: requestId, limit: 25 });
  if ('kind' in candidates) return expect.unreachable(candidates.reason);
  const wishes = candidates.map(({ id, nhsNumber, again }) => ({
    nhsNumber,
    work: { kind: 'act', id, command: { ...releaseOf(ods, requestId, 'nomination'), again }, withOrder: true } as const,
  }));
  const answers = await prescriptions.callMany(wishes, options(requestId));
  expect(await prescriptions.settlePull(ods, requestId, { agent: AGENT, ids: candidates.map(({ id }) => id) })).toBe(
    true,
  );
  return candidates.flatMap(({ id }, index) => (answers[index]?.kind === 'done' ? [id] : []));
}

/** Deliveries are on their way for a moment. */
async function eventually<T>(look: () => Promise<T>, good: (seen: T) => boolean): Promise<T> {
  for (let tried = 0; ; tried++) {
    const seen = await look();
    if (good(seen) || tried === 100) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const numbers = (count: number) => numbersOn(...Array.from({ length: count - 1 }, () => 'other' as const));

describe('races', () => {
  test('EPS-X07 of 32 dispensers that want one prescription one gets it, and 31 are told who has it', async () => {
    const [nhsNumber = ''] = numbers(1);
    for (let round = 0; round < 5; round++) {
      const id = await order(nhsNumber, { siteType: '0004' });
      const dispensers = Array.from({ length: 32 }, (_, n) => `FX${String(n).padStart(3, '0')}`);
      const answers = await Promise.all(dispensers.map((ods) => released(nhsNumber, id, ods)));
      const winners = dispensers.filter((_, n) => answers[n]?.kind === 'done');
      expect(winners).toHaveLength(1);
      const losers = answers.filter((answer) => answer.kind === 'refused');
      expect(losers).toHaveLength(31);
      for (const loser of losers) {
        expect(loser).toMatchObject({ code: 'PRESCRIPTION_WITH_ANOTHER_DISPENSER', dispenser: { ods: winners[0] } });
      }
    }
  });

  test('EPS-X08 of 32 polls of one queue each prescription comes to one, and none is left', async () => {
    const patients = numbers(6);
    const ordered = await Promise.all(
      Array.from({ length: 120 }, (_, n) => order(patients[n % 6] ?? '', { nominated: 'FQ001' })),
    );
    const handed: string[] = [];
    const rounds = async () => {
      const polls = await Promise.all(Array.from({ length: 32 }, () => poll('FQ001')));
      for (const ids of polls) {
        expect(ids.length).toBeLessThanOrEqual(25);
        handed.push(...ids);
      }
      return handed.length;
    };
    await eventually(rounds, (count) => count >= ordered.length);
    expect(handed.toSorted()).toEqual(ordered.toSorted());
    expect(await poll('FQ001')).toEqual([]);
  });

  test('EPS-X04 of a cancellation and a release of the same prescription one wins, and both are told', async () => {
    const [nhsNumber = ''] = numbers(1);
    const seen = new Set<string>();
    for (let round = 0; round < 24; round++) {
      const { nominated: _none, ...rest } = facts();
      const id = await order(nhsNumber, { items: rest.items.slice(0, 1), siteType: '0004' });
      const cancel: CancelItem = {
        name: 'cancel-item',
        item: 'item-a',
        reason: { code: '0001' },
        messageId: `cancel-${id}`,
        organization: 'A83008',
        mayPlace: false,
      };
      const cancelling = () =>
        prescriptions.call(
          { nhsNumber, work: { kind: 'act', id, command: cancel, withOrder: false } },
          options(`cancel-${id}`),
        );
      const releasing = () => released(nhsNumber, id, 'FX001');
      const [first, second] = await Promise.all(
        round % 2 === 0 ? [cancelling(), releasing()] : [releasing(), cancelling()],
      );
      const [cancelled, release] = round % 2 === 0 ? [first, second] : [second, first];
      const outcome = cancelled.kind === 'done' ? cancelled.attributes['outcome'] : '';
      const told = `${outcome} ${release.kind === 'refused' ? release.code : release.kind}`;
      expect(['R-0001 PRESCRIPTION_CANCELLED', 'R-0002 done']).toContain(told);
      expect(statusOf(await stored(nhsNumber, id))).toBe(outcome === 'R-0001' ? '0005' : '0002');
      seen.add(told);
    }
    expect(seen.size).toBe(2);
  });

  test('EPS-O03 an id is taken by one patient alone, whoever of many comes first', async () => {
    const patients = numbers(8);
    const id = newId();
    const places = await Promise.all(
      patients.map((nhsNumber) => prescriptions.claimId(id, nhsNumber, options(`claim-${nhsNumber}`))),
    );
    const owners = new Set(places.map((place) => (place.kind === 'at' ? place.nhsNumber : place.kind)));
    expect(owners.size).toBe(1);
    expect(patients).toContain([...owners][0]);
  });
});

describe('what follows patients and time', () => {
  const UK = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
  const pharmacy = (ods: string) => ({
    url: `${UK}NominatedPharmacy`,
    valueReference: { identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: ods } },
  });

  test('EPS-N08 another nominated pharmacy in PDS takes what waits out of one queue into the other', async () => {
    const [nhsNumber = ''] = numbers(1);
    await load(person(nhsNumber, { extension: [pharmacy('FN001')] }));
    const id = await order(nhsNumber, { nominated: 'FN001' });
    await load(person(nhsNumber, { meta: { versionId: '2' }, extension: [pharmacy('FN002')] }));
    await spine.PATIENT_SHARD.getByName(String(shardOfNumber(nhsNumber))).followed();
    expect((await stored(nhsNumber, id)).nominated).toBe('FN002');
    expect(
      await eventually(
        () => poll('FN002'),
        (ids) => ids.length > 0,
      ),
    ).toEqual([id]);
    expect(await poll('FN001')).toEqual([]);
  });

  test('EPS-N08 a PATCH that records a death cancels what waits', async () => {
    const [nhsNumber = ''] = numbers(1);
    await load(person(nhsNumber));
    const id = await order(nhsNumber);
    await load(person(nhsNumber, { meta: { versionId: '2' }, deceasedDateTime: '2026-01-01T00:00:00+00:00' }));
    await spine.PATIENT_SHARD.getByName(String(shardOfNumber(nhsNumber))).followed();
    expect(statusOf(await stored(nhsNumber, id))).toBe('0005');
    const late = facts({ nhsNumber, messageId: 'late' });
    const work = { kind: 'order', id: newId(), order: late, text: '{}' } as const;
    expect(await prescriptions.call({ nhsNumber, work }, options('late'))).toMatchObject({ code: 'PATIENT_DECEASED' });
  });

  test.each(['other', 'same'] as const)(
    'EPS-N06 a merge into a number on %s shard takes prescriptions along',
    async (place) => {
      const [from = '', into = ''] = numbersOn(place);
      await load(person(from), person(into));
      const ods = place === 'other' ? 'FM001' : 'FM002';
      const [waiting, held] = [await order(from, { nominated: ods }), await order(from, { siteType: '0004' })];
      expect((await released(from, held, 'FX001')).kind).toBe('done');
      const body = { from, into, requestId: crypto.randomUUID() };
      expect((await ask('/operator/merge', { method: 'POST', body })).status).toBe(200);
      await eventually(
        () => prescriptions.locate(waiting, options('look')),
        (found) => found.kind === 'at' && found.nhsNumber === into,
      );
      // What is ordered under the old number afterwards is had under either, and by its id alone.
      const late = await order(from, { siteType: '0004' });
      expect((await released(from, late, 'FX001')).kind).toBe('done');
      expect(statusOf(await stored(into, late))).toBe('0002');
      // Under either number.
      for (const nhsNumber of [from, into]) expect(statusOf(await stored(nhsNumber, held))).toBe('0002');
      expect(
        await eventually(
          () => poll(ods),
          (ids) => ids.length > 0,
        ),
      ).toEqual([waiting]);
      const list = await prescriptions.call(
        { nhsNumber: into, work: { kind: 'list', withOrder: true } },
        options('list'),
      );
      const found = list.kind === 'found' ? list.found : [];
      expect(found.map(({ prescription }) => prescription.id).toSorted()).toEqual([waiting, held, late].toSorted());
      expect(found.every(({ orderText }) => orderText.includes('order'))).toBe(true);
    },
  );

  test('EPS-S01 the shard does what is due, and the queue hears of it', async () => {
    const [nhsNumber = ''] = numbers(1);
    const later = Date.now() + 10 * DAY;
    const id = await order(nhsNumber, { nominated: 'FS001', effectiveAt: later });
    expect(await poll('FS001')).toEqual([]);
    await spine.PATIENT_SHARD.getByName(String(shardOfNumber(nhsNumber))).sweepPrescriptions(later);
    expect(statusOf(await stored(nhsNumber, id))).toBe('0001');
    expect(
      await eventually(
        () => poll('FS001'),
        (ids) => ids.length > 0,
      ),
    ).toEqual([id]);
    const shard = spine.PATIENT_SHARD.getByName(String(shardOfNumber(nhsNumber)));
    await shard.sweepPrescriptions(later + 800 * DAY);
    const gone = await prescriptions.call({ nhsNumber, work: { kind: 'get', id, withOrder: true } }, options('look'));
    expect(gone).toMatchObject({ kind: 'refused', code: 'PRESCRIPTION_NOT_FOUND' });
  });
});
