import { describe, expect, test } from 'vitest';
import { patientFacts } from '../../../src/domain/eps/patient-facts.ts';
import { queueOf } from '../../../src/domain/eps/prescription.ts';
import { Life, NHS, PHARMACY, facts, outcomeOf } from './life.ts';

const PATIENT = { deceased: false, pharmacy: PHARMACY };

describe('what follows the patient', () => {
  test('EPS-N01 a prescription that waits where the patient is registered goes to the new pharmacy', () => {
    const life = new Life().order(facts(), PATIENT);
    life.done({ name: 'change-nomination', ods: 'FH542' });
    expect(queueOf(life.state)).toBe('FH542');
    expect(life.queued).toEqual([`enqueue ${PHARMACY}`, `dequeue ${PHARMACY}`, 'enqueue FH542']);
    expect(outcomeOf(life.release('nomination', PHARMACY))).toBe('RESOURCE_NOT_FOUND');
    expect(outcomeOf(life.release('nomination', 'FH542'))).toBe('accepted');
  });

  test('EPS-N02 without a new pharmacy it waits in no queue; a later one does not take it back', () => {
    const life = new Life().order(facts(), PATIENT);
    life.done({ name: 'change-nomination' });
    expect(queueOf(life.state)).toBeNull();
    life.done({ name: 'change-nomination', ods: 'FH542' });
    expect(queueOf(life.state)).toBeNull();
  });

  test('EPS-N03 a pharmacy named for one prescription alone, another site type and the same pharmacy stay as they are', () => {
    const once = new Life().order(facts(), { deceased: false, pharmacy: 'FCG71' });
    once.done({ name: 'change-nomination', ods: 'FH542' });
    expect(queueOf(once.state)).toBe(PHARMACY);
    const appliance = new Life().order(facts({ siteType: 'P2' }), PATIENT);
    appliance.done({ name: 'change-nomination', ods: 'FH542' });
    expect(queueOf(appliance.state)).toBe(PHARMACY);
    const same = new Life().order(facts(), PATIENT);
    expect(same.decide({ name: 'change-nomination', ods: PHARMACY }).kind).toBe('unchanged');
  });

  test('EPS-N04 what a dispenser holds or has returned goes nowhere by a change of pharmacy', () => {
    const life = new Life().order(facts(), PATIENT);
    life.release('nomination');
    life.returned();
    life.done({ name: 'change-nomination', ods: 'FH542' });
    expect(queueOf(life.state)).toBeNull();
  });

  test('EPS-N05 with a death what is with the service is cancelled, what a dispenser holds is marked', () => {
    const waiting = new Life().order();
    waiting.done({ name: 'note-death' });
    expect(waiting.status).toBe('0005');
    expect(waiting.issue(1).items[0]?.cancelReason).toBe('0007');
    expect(waiting.decide({ name: 'note-death' }).kind).toBe('unchanged');
    const held = new Life().order();
    held.release();
    held.done({ name: 'note-death' });
    expect(held.status).toBe('0002');
    held.returned();
    expect(held.status).toBe('0005');
  });

  test('EPS-N06 a merge moves the prescription with its order: text first, then the record, then the queue and the locator', () => {
    const life = new Life().order();
    life.outbox = [];
    life.done({ name: 'hand-over', to: '9000000017', orderText: '{"an":"order"}' });
    expect(life.outbox.map(({ target, type }) => [target, type])).toEqual([
      ['patient-shard/9000000017', 'keep-order'],
      ['patient-shard/9000000017', 'take-over'],
    ]);
    expect(life.refused(releaseWish)).toBe('moved');
    expect(life.state?.movedTo).toBe('9000000017');
    const { prescription } = JSON.parse(life.outbox[1]?.payload ?? '') as { prescription: NonNullable<Life['state']> };
    const other = new Life();
    other.done({ name: 'take-over', prescription });
    expect(other.outbox.map(({ target, type }) => [target, type])).toEqual([
      ['locator-shard/24F5DA-A83008-7EFE6', 'relocate'],
      [`organization-shard/${PHARMACY}`, 'enqueue'],
    ]);
    expect(JSON.parse(other.outbox[1]?.payload ?? '')).toMatchObject({ nhsNumber: '9000000017' });
    expect(other.decide({ name: 'take-over', prescription }).kind).toBe('unchanged');
    expect(outcomeOf(other.release('nomination'))).toBe('accepted');
  });

  test('EPS-N07 what demographics say is read without knowing their rules', () => {
    const url = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy';
    const resource = { id: NHS, extension: [{ url, valueReference: { identifier: { value: 'y12345' } } }] };
    expect(patientFacts({ resource, annex: {} })).toEqual({ deceased: false, pharmacy: 'Y12345' });
    expect(
      patientFacts({ resource: { deceasedDateTime: '2026-01-01' }, annex: { supersededBy: '9000000017' } }),
    ).toEqual({
      deceased: true,
      movedTo: '9000000017',
    });
    expect(patientFacts(null)).toEqual({ deceased: false });
  });
});

const releaseWish = { name: 'release', by: 'id', releaseId: 'r', dispenser: { ods: 'FH542' } } as const;
