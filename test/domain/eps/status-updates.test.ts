import { describe, expect, test } from 'vitest';
import { latestOf, statusUpdates } from '../../../src/domain/eps/status-updates.ts';
import type { StatusUpdate } from '../../../src/domain/eps/status-updates.ts';
import { readStatusUpdate } from '../../../src/domain/eps/wire/read-status-update.ts';
import { supplierEntries } from '../../../src/domain/eps/wire/supplier-format.ts';
import type { DecisionContext } from '../../../src/engine/record-kind.ts';

const NOW = Date.UTC(2026, 2, 13, 12, 0, 0);
const ID = '4d70678c-81e4-4ff4-8c67-17596fd0aa46';

const coded = (system: string, value: string) => ({ identifier: { system, value } });

function entry(change: Record<string, unknown> = {}, fullUrl = `urn:uuid:${ID}`) {
  return {
    fullUrl,
    resource: {
      resourceType: 'Task',
      id: ID,
      basedOn: [coded('https://fhir.nhs.uk/Id/prescription-order-number', '24F5DA-A83008-7EFE6Z')],
      status: 'in-progress',
      businessStatus: {
        coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/task-businessStatus-nppt', code: 'Ready to collect' }],
      },
      focus: coded('https://fhir.nhs.uk/Id/prescription-order-item-number', '6989B7BD-8db6-428c-a593-4022e3044c00'),
      for: coded('https://fhir.nhs.uk/Id/nhs-number', '9449304130'),
      lastModified: '2026-03-13T10:11:12Z',
      owner: coded('https://fhir.nhs.uk/Id/ods-organization-code', 'C9Z1O'),
      ...change,
    },
  };
}

const fault = (change: Record<string, unknown>, fullUrl?: string): string => {
  const read = readStatusUpdate(entry(change, fullUrl), NOW);
  return read.kind === 'bad' ? read.text : '';
};

const business = (code: string, system = 'https://fhir.nhs.uk/CodeSystem/task-businessStatus-nppt') => ({
  businessStatus: { coding: [{ system, code }] },
});

describe('entries', () => {
  test('EPS-W50 a sound entry is read; ids lose their case', () => {
    expect(readStatusUpdate(entry(), NOW)).toEqual({
      kind: 'update',
      fullUrl: `urn:uuid:${ID}`,
      nhsNumber: '9449304130',
      update: {
        taskId: ID,
        prescriptionId: '24F5DA-A83008-7EFE6Z',
        lineItem: '6989b7bd-8db6-428c-a593-4022e3044c00',
        status: 'Ready to collect',
        terminal: 'in-progress',
        ods: 'C9Z1O',
        lastModified: '2026-03-13T10:11:12Z',
      },
    });
  });

  test('EPS-W51 what is missing is told by name, and nothing else', () => {
    expect(fault({ id: undefined, owner: undefined })).toBe('Missing required field(s) - PharmacyODSCode, TaskID.');
    for (const nothing of [null, 1, {}, { resource: [] }])
      expect(readStatusUpdate(nothing, NOW)).toMatchObject({
        text: 'Missing required field(s) - FullUrl, LastModified, LineItemID, PatientNHSNumber, PharmacyODSCode, PrescriptionID, Status, TaskID, TerminalStatus.',
      });
  });

  test('EPS-W52 everything that is wrong is told in one text', () => {
    const wrong = fault(
      {
        ...business('Lost', 'x'),
        for: coded('x', '9449304131'),
        basedOn: [coded('https://fhir.nhs.uk/Id/prescription-order-number', '24F5DA-A83008-7EFE6A')],
        status: 'failed',
      },
      'urn:uuid:other',
    );
    expect(wrong).toBe(
      "Invalid entry fullUrl or task id. Invalid business status. NHS number is invalid. Prescription ID is invalid. Unsupported Task.status 'failed'. Invalid CodeSystem(s) - PatientNHSNumber, Status.",
    );
  });

  test('EPS-W53 business status and status must fit; case does not matter', () => {
    expect(fault({ status: 'completed', ...business('With Pharmacy') })).toBe(
      "Task.status field set to 'completed' but Task.businessStatus value of 'With Pharmacy' requires follow up action.",
    );
    expect(fault(business('Collected'))).toBe(
      "Task.status field set to 'in-progress' but Task.businessStatus value of 'Collected' has no possible follow up action.",
    );
    expect(fault(business('READY TO DISPATCH - PARTIAL'))).toBe('');
    expect(fault({ status: 'completed', ...business('ready to collect') })).toBe('');
  });

  test('EPS-W54 a change may lie a day ahead, or 999 hours where it is foretold', () => {
    const told = 'Invalid lastModified value provided.';
    expect(fault({ lastModified: '2026-03-14T11:59:00Z' })).toBe('');
    expect(fault({ lastModified: '2026-03-14T12:01:00Z' })).toBe(told);
    const meta = { lastUpdated: '2026-03-13T12:00:00Z' };
    expect(fault({ lastModified: '2026-04-13T12:00:00Z', meta })).toBe('');
    expect(fault({ lastModified: '2026-05-13T12:00:00Z', meta })).toBe(told);
    expect(fault({ lastModified: 'soon' })).toBe('Date format provided for lastModified is invalid.');
  });
});

const update = (more: Partial<StatusUpdate>): StatusUpdate => ({
  taskId: 't',
  prescriptionId: 'P',
  lineItem: 'l',
  status: 'With Pharmacy',
  terminal: 'in-progress',
  ods: 'A',
  lastModified: '2026-03-13T10:00:00Z',
  application: 'a',
  requestId: 'r',
  ...more,
});

const decide = (known: readonly StatusUpdate[], updates: readonly StatusUpdate[]) =>
  statusUpdates.decide(
    known.length === 0 ? null : { updates: known },
    { name: 'record-status-updates', updates },
    {} as DecisionContext,
  );

describe('records', () => {
  test('EPS-W55 the same task of the same prescription refuses the whole, also within one message', () => {
    const refused = decide([update({})], [update({ taskId: 'u' }), update({})]);
    expect(refused).toEqual({ kind: 'refused', code: 'duplicate', diagnostics: '["t"]' });
    expect(decide([], [update({}), update({})])).toMatchObject({ kind: 'refused' });
    expect(decide([update({})], [update({ prescriptionId: 'Q' })])).toMatchObject({ kind: 'accepted' });
  });

  test('EPS-W56 the newest five hundred updates of a patient are kept', () => {
    const known = Array.from({ length: 500 }, (_, index) => update({ taskId: String(index) }));
    const decision = decide(known, [update({ taskId: 'new' })]);
    const kept = decision.kind === 'accepted' ? decision.state.updates : [];
    expect([kept.length, kept[0]?.taskId, kept.at(-1)?.taskId]).toEqual([500, '1', 'new']);
  });

  test('EPS-W57 the latest change of an item counts, whatever the order of arrival', () => {
    const updates = [
      update({ taskId: '1', lastModified: '2026-03-13T12:00:00Z', status: 'Collected' }),
      update({ taskId: '2', lastModified: '2026-03-13T11:00:00Z' }),
      update({ taskId: '3', lastModified: '2026-03-14T11:00:00Z', repeat: 2 }),
    ];
    const item = { prescriptionId: 'P', lineItem: 'l' };
    expect(latestOf({ updates }, { ...item, repeat: 1 })?.taskId).toBe('1');
    expect(latestOf({ updates }, { ...item, repeat: 2 })?.taskId).toBe('3');
    expect(latestOf({ updates }, { ...item, lineItem: 'x', repeat: undefined })).toBeUndefined();
  });
});

describe('supplier format', () => {
  const message = (more: Record<string, unknown> = {}) => ({
    MessageType: 'PrescriptionStatusChanged',
    messageDate: '2026-03-13 11:36:47',
    prescriptionUUID: '24F5DA-A83008-7EFE6Z',
    deliveryType: 'Delivery required',
    nHSCHI: '9449304130',
    oDSCode: 'FHA82',
    repeatNo: 3,
    items: [{ itemID: '73014c50-1bd1-4359-9c9f-d587d7d03e66', status: 'ReadyForCollection' }],
    ...more,
  });
  const uuid = () => ID;

  test('EPS-W58 each item becomes an entry that passes as if it had been sent', () => {
    const entries = supplierEntries(message(), uuid);
    const [first] = typeof entries === 'string' ? [] : entries;
    expect(readStatusUpdate(first, NOW)).toMatchObject({
      kind: 'update',
      update: { status: 'Ready to Dispatch', terminal: 'in-progress', repeat: 3, lastModified: '2026-03-13T11:36:47Z' },
    });
  });

  test('EPS-W58 completed by expiry is left out; what is unknown is told', () => {
    const items = [{ itemID: 'i', status: 'DispensingComplete', completedStatus: 'Expired' }];
    expect(supplierEntries(message({ items }), uuid)).toEqual([]);
    expect(supplierEntries(message({ items: [{ status: 'Odd' }] }), uuid)).toBe("Unsupported item status 'Odd'.");
    expect(supplierEntries(message({ nHSCHI: undefined }), uuid)).toBe('Missing required field(s) - nHSCHI.');
    expect(supplierEntries(null, uuid)).toBe('The body is not an object.');
  });
});
