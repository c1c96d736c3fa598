/** What has arrived of an application's own status updates, in pages. */
import { expect, test } from 'vitest';
import { Edge, replied } from '../support.ts';

const PATH = 'https://edge.test/prescription-status-update/checkprescriptionstatusupdates';
const PRESCRIPTIONS = ['24F5DA-A83008-7EFE6Z', '16B2E0-A83008-81C13H'];

const update = (index: number, application = 'open') => ({
  taskId: `task-${String(index).padStart(2, '0')}`,
  prescriptionId: PRESCRIPTIONS[index % 2],
  lineItem: 'item',
  status: 'Collected',
  terminal: 'completed',
  ods: index < 3 ? 'FA565' : 'VNE51',
  lastModified: '2026-03-13T10:00:00Z',
  application,
  requestId: 'r',
});

async function look(query: string, headers: Readonly<Record<string, string>> = {}) {
  const edge = new Edge();
  const updates = [...Array(20).keys()].reverse().map((index) => update(index));
  edge.spine.answer = () => replied(JSON.stringify({ updates: [...updates, update(20, 'another')] }));
  const response = await edge.send(`${PATH}?${query}`, { headers });
  const { items } = (await response.json()) as { items: { TaskID: string; PrescriptionID: string }[] };
  const [prescription, task] = ['PrescriptionID', 'TaskID'].map((name) =>
    response.headers.get(`LastEvaluatedKey-${name}`),
  );
  return { status: response.status, items, prescription, task };
}

test('EPS-T16 at most fifteen in one answer; the last one leads to the rest; those of other applications are not shown', async () => {
  const first = await look('nhsnumber=9000000009');
  expect([first.status, first.items.length]).toEqual([200, 15]);
  expect([first.prescription, first.task]).toEqual(['24F5DA-A83008-7EFE6Z', 'task-08']);
  const second = await look('nhsnumber=9000000009', {
    'ExclusiveStartKey-PrescriptionID': first.prescription ?? '',
    'ExclusiveStartKey-TaskID': first.task ?? '',
  });
  expect([second.items.length, second.prescription]).toEqual([5, null]);
  const all = [...first.items, ...second.items].map(({ TaskID }) => TaskID);
  expect(new Set(all).size).toBe(20);
  expect(all).not.toContain('task-20');
});

test('EPS-T16 by pharmacy and prescription; nothing found is 404 with an empty list', async () => {
  const narrow = await look('nhsnumber=9000000009&odscode=fa565&prescriptionid=16B2E0-A83008-81C13H');
  expect(narrow.items.map(({ TaskID }) => TaskID)).toEqual(['task-01']);
  const none = await look('nhsnumber=9000000009&odscode=NONE');
  expect([none.status, none.items]).toEqual([404, []]);
});
