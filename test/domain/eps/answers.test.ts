/** What dispensers are handed and prescribers are told: messages of the service, made of those that were sent. */
import { describe, expect, test } from 'vitest';
import { cancelResponse } from '../../../src/domain/eps/cancel-response.ts';
import { readOrder } from '../../../src/domain/eps/read-order.ts';
import { releasedMessage } from '../../../src/domain/eps/released-message.ts';
import type { Released } from '../../../src/domain/eps/release.ts';
import { patientBundle } from '../../../src/domain/eps/tracker/patient-view.ts';
import type { Ordered } from '../../../src/domain/eps/tracker/words.ts';
import { parseLossless } from '../../../src/fhir/lossless-json.ts';
import { checkedPrescriptionId } from '../../../src/nhs/prescription-id.ts';
import { order } from '../../support/prescription-order.ts';
import { Life } from './life.ts';

interface Sent {
  readonly fullUrl: string;
  readonly resource: Readonly<Record<string, unknown>>;
}

const AT = '2026-03-14T10:00:00+00:00';
const ENDPOINT = 'https://edge.test/fhir-prescribing/$process-message';
const text = JSON.stringify(order({ nominated: 'FA565', shortId: checkedPrescriptionId('ABC123-A83008-00001') }));
const entriesOf = (bundle: string): readonly Sent[] => (JSON.parse(bundle) as { entry: Sent[] }).entry;
const ofType = (entries: readonly Sent[], type: string) =>
  entries.filter(({ resource }) => resource['resourceType'] === type).map(({ resource }) => resource);

function handed(items: Released['items']): readonly Sent[] {
  const read = readOrder(parseLossless(text), Date.parse(AT));
  if (read.kind === 'refused') throw new Error(read.code);
  const asked = { releaseId: 'release-1', dispenser: { ods: 'FA565' }, endpoint: ENDPOINT, timestamp: AT };
  const released = { issue: 1, items, nominated: 'FA565' };
  return entriesOf(releasedMessage({ orderText: text, order: read.order, released, ...asked }));
}

describe('what a dispenser is handed', () => {
  test('EPS-R07 the service sends it: its own header, and every resource has the id of its address', () => {
    const entries = handed([{ status: '0007' }, { status: '0007' }]);
    for (const { fullUrl, resource } of entries.filter((entry) => entry.fullUrl.startsWith('urn:uuid:')))
      expect(`urn:uuid:${String(resource['id'])}`).toBe(fullUrl);
    const [header] = ofType(entries, 'MessageHeader');
    expect(header).toMatchObject({
      sender: { identifier: { value: 'X2601' } },
      source: { name: 'NHS Spine', endpoint: ENDPOINT },
      response: { identifier: 'release-1', code: 'ok' },
      destination: [{ endpoint: 'urn:nhs-uk:addressing:ods:FA565' }],
    });
    expect(header?.['focus']).toHaveLength(3);
  });

  test('EPS-R08 an item that was cancelled comes along with reason and time', () => {
    const cancelledAt = Date.parse('2026-03-13T12:00:00Z');
    const items = [{ status: '0005', cancelReason: '0002', cancelledAt }, { status: '0007' }] as const;
    const [gone, open] = ofType(handed(items), 'MedicationRequest');
    expect(gone).toMatchObject({ status: 'cancelled', statusReason: { coding: [{ code: '0002' }] } });
    expect(JSON.stringify(gone)).toContain('"valueDateTime":"2026-03-13T12:00:00+00:00"');
    expect(open).not.toHaveProperty('statusReason');
    expect(JSON.stringify(open)).not.toContain('R-0001');
  });

  test('EPS-R08 the time is that of the cancellation', () => {
    const life = new Life().order();
    const at = life.now;
    life.cancel('item-a');
    life.now += 86_400_000;
    const released = life.release();
    if (released.kind !== 'accepted') throw new Error(released.kind);
    const { items } = JSON.parse(released.reply.body) as Released;
    expect(items.map(({ cancelledAt }) => cancelledAt)).toEqual([at, undefined]);
  });
});

describe('what a prescriber is told', () => {
  const cancelled = (outcome: 'R-0001' | 'R-0002', sent = text) => {
    let ids = 0;
    const performer = JSON.stringify({
      resourceType: 'PractitionerRole',
      practitioner: { identifier: { value: '3415870201' }, display: 'Jo Bloggs' },
    });
    return cancelResponse({
      text: sent,
      messageId: 'cancel-1',
      outcome,
      dispenser: outcome === 'R-0001' ? null : { ods: 'FA565', name: 'A pharmacy', performer },
      timestamp: AT,
      endpoint: ENDPOINT,
      newId: () => `new-${++ids}`,
    });
  };

  test('EPS-C11 header and Bundle are one message, every resource has the id of its address', () => {
    const answer = cancelled('R-0001');
    const entries = entriesOf(answer);
    const [header] = ofType(entries, 'MessageHeader');
    const { value } = (JSON.parse(answer) as { identifier: { value: string } }).identifier;
    expect(header).toMatchObject({
      extension: [{ valueIdentifier: { value } }],
      response: { identifier: 'cancel-1' },
      source: { name: 'NHS Spine', endpoint: ENDPOINT },
    });
    for (const { fullUrl, resource } of entries) expect(fullUrl.endsWith(String(resource['id']))).toBe(true);
    expect(ofType(entries, 'MedicationRequest')[0]?.['groupIdentifier']).not.toHaveProperty('extension');
  });

  test('EPS-C12 the dispenser comes as role, person and organisation', () => {
    const entries = entriesOf(cancelled('R-0002'));
    const [, role] = ofType(entries, 'PractitionerRole');
    const [, person] = ofType(entries, 'Practitioner');
    expect(person).toMatchObject({ name: [{ text: 'Jo Bloggs' }], identifier: [{ value: '3415870201' }] });
    expect(role?.['practitioner']).toEqual({ reference: `urn:uuid:${String(person?.['id'])}` });
  });

  test('EPS-C13 who cancels and who had prescribed are told apart', () => {
    const bundle = JSON.parse(text) as { entry: Sent[] };
    const role = bundle.entry.find(({ resource }) => resource['resourceType'] === 'PractitionerRole');
    const other = { fullUrl: 'urn:uuid:other', resource: { ...role?.resource, id: 'other' } };
    const url = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-ResponsiblePractitioner';
    const sent = bundle.entry.map(({ fullUrl, resource }) =>
      resource['resourceType'] === 'MedicationRequest'
        ? { fullUrl, resource: { ...resource, extension: [{ url, valueReference: { reference: 'urn:uuid:other' } }] } }
        : { fullUrl, resource },
    );
    const entries = entriesOf(cancelled('R-0001', JSON.stringify({ ...bundle, entry: [...sent, other] })));
    const [request] = ofType(entries, 'MedicationRequest');
    expect(request?.['requester']).toEqual({ reference: 'urn:uuid:other' });
    expect(JSON.stringify(request?.['extension'])).toContain(`"valueReference":{"reference":"${role?.fullUrl ?? ''}"}`);
    expect(ofType(entries, 'PractitionerRole')).toHaveLength(2);
  });
});

test('EPS-W83 patients are told so when nobody can say what the pharmacy has said', () => {
  const life = new Life().order();
  life.release();
  const found = [{ prescription: life.state as Ordered, order: null }];
  const bundle = patientBundle({ found, updates: null, now: life.now, newId: () => 'id' });
  expect(JSON.stringify(bundle)).toContain('"code":"Tracking Temporarily Unavailable"');
});
