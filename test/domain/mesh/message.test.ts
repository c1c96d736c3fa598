import { describe, expect, test } from 'vitest';
import type { Decision, DecisionContext } from '../../../src/engine/record-kind.ts';
import type { Draft, MessageCommand } from '../../../src/domain/mesh/commands.ts';
import { downloadHeaders } from '../../../src/domain/mesh/download-headers.ts';
import { inboxOf, message as kind } from '../../../src/domain/mesh/message.ts';
import { COLLECT_WITHIN_MS, statusOf } from '../../../src/domain/mesh/message-state.ts';
import type { KeptMessage, Party } from '../../../src/domain/mesh/message-state.ts';
import { trackingV1, trackingV2 } from '../../../src/domain/mesh/tracking-view.ts';

const ID = '20261122103000000000_001ABC';
const T0 = Date.UTC(2026, 10, 22, 10, 30);
const party = (mailboxId: string): Party => ({
  mailboxId,
  mailboxName: `${mailboxId} name`,
  odsCode: 'X1',
  orgCode: 'X1',
  orgName: '',
  billingEntity: 'England',
});
const context = (now = T0): DecisionContext => ({
  key: ID,
  now,
  version: 0,
  nextVersion: 1,
  agent: { client: 'A', mode: 'nhsmesh', rights: [] },
  newId: () => '00000000',
  neighbour: () => null,
});
const draft = (more: Partial<Draft> = {}): Draft => ({
  recipientId: 'B',
  workflowId: 'W',
  localId: 'L',
  partnerId: '',
  fileName: '',
  subject: 'hello',
  checksum: '',
  contentType: 'text/plain',
  contentEncoding: '',
  encrypted: false,
  compressed: false,
  totalChunks: 1,
  chunk: { number: 1, object: '', size: 1 },
  payload: 'eA==',
  ...more,
});
const sending = (more: Partial<Draft> = {}): MessageCommand => ({
  name: 'send-message',
  draft: draft(more),
  sender: party('A'),
  recipient: party('B'),
  workflow: null,
  order: '1',
});

function after(state: KeptMessage | null, command: MessageCommand, now = T0): KeptMessage {
  const decision = kind.decide(state, command, context(now));
  if (decision.kind !== 'accepted') throw new Error(outcome(decision));
  return decision.state;
}
const outcome = (decision: Decision<KeptMessage>): string =>
  decision.kind === 'refused' ? decision.code : decision.kind;
const told = (state: KeptMessage | null, command: MessageCommand, now = T0) =>
  outcome(kind.decide(state, command, context(now)));
const places = (state: KeptMessage) => (kind.lists?.(state) ?? []).map(({ list, position }) => `${list}@${position}`);

const chunk = (number: number, more: { contentEncoding?: string; senderId?: string } = {}): MessageCommand => ({
  name: 'add-chunk',
  senderId: 'A',
  contentEncoding: '',
  total: 3,
  order: '9',
  chunk: { number, object: `o${number}`, size: 10 },
  ...more,
});
const ack: MessageCommand = { name: 'acknowledge', recipientId: 'B' };
const expire = (asOf: number, recipientActive = true): MessageCommand => ({
  name: 'expire-message',
  asOf,
  recipientActive,
});

describe('a message stands in one place at a time', () => {
  test('MESH-M07 a whole message is in the inbox at once, at its place', () => {
    expect(places(after(null, sending()))).toEqual([`${inboxOf('B')}@1`]);
  });

  test('MESH-M12 acknowledged: in no list, its bytes gone, a second time nothing', () => {
    const done = after(after(null, sending()), ack);
    expect([places(done), done.payload, statusOf(done.message)]).toEqual([[], '', 'acknowledged']);
    expect(told(done, ack)).toBe('unchanged');
    expect(told(done, { name: 'acknowledge', recipientId: 'A' })).toBe('forbidden');
    expect(told(null, ack)).toBe('message-unknown');
  });

  test('MESH-M15 chunks: hidden, replaced, closed by the last that leaves no hole', () => {
    const first = after(null, sending({ totalChunks: 3, payload: '', chunk: { number: 1, object: 'o1', size: 10 } }));
    expect([places(first), statusOf(first.message)]).toEqual([[], 'uploading']);
    expect(told(first, chunk(3))).toBe('chunk-range-invalid');
    const second = after(after(first, chunk(2)), chunk(2));
    expect(second.message.chunks.map(({ number }) => number)).toEqual([1, 2]);
    const all = after(second, chunk(3), T0 + 5);
    expect([places(all), statusOf(all.message)]).toEqual([[`${inboxOf('B')}@9`], 'accepted']);
    expect(told(all, chunk(3))).toBe('upload-closed');
    expect(told(first, chunk(4))).toBe('chunk-beyond-total');
    expect(told(first, chunk(2, { contentEncoding: 'gzip' }))).toBe('encoding-changed');
    expect(told(first, chunk(2, { senderId: 'C' }))).toBe('forbidden');
    expect(told(null, chunk(2))).toBe('not-found');
  });

  test('MESH-M06 no recipient, no bytes, an id that is taken', () => {
    const command = sending();
    expect(told(null, { ...command, recipient: null } as MessageCommand)).toBe('recipient-unknown');
    expect(told(null, sending({ chunk: { number: 1, object: '', size: 0 } }))).toBe('payload-missing');
    expect(told(after(null, sending()), sending())).toBe('id-taken');
  });

  test('MESH-M24 a restricted workflow knows its senders and receivers', () => {
    const workflow = (senders: string[], receivers: string[], restricted = true) =>
      told(null, { ...sending(), workflow: { workflowId: 'W', senders, receivers, restricted } } as MessageCommand);
    expect([workflow(['A'], ['B']), workflow([], ['B']), workflow(['A'], []), workflow([], [], false)]).toEqual([
      'accepted',
      'workflow-sender-refused',
      'workflow-recipient-refused',
      'accepted',
    ]);
  });
});

describe('the five-day rule', () => {
  const due = T0 + COLLECT_WITHIN_MS;

  test('MESH-M21 not a moment early; then undeliverable, with a report to the sender', () => {
    const waiting = after(null, sending());
    expect(told(waiting, expire(due - 1))).toBe('unchanged');
    const decision = kind.decide(waiting, expire(due), context(due));
    if (decision.kind !== 'accepted') throw new Error('not expired');
    expect(decision.outbox.map(({ target }) => target)).toEqual(['mailbox-shard/A']);
    const report = JSON.parse(decision.outbox[0]?.payload ?? '{}') as Record<string, string>;
    expect(report).toMatchObject({
      recipientId: 'A',
      subject: 'NDR: hello',
      linkedMessageId: ID,
      code: '14',
      localId: 'L',
    });
    expect([places(decision.state), told(decision.state, expire(due))]).toEqual([[], 'unchanged']);
    expect(trackingV2(decision.state.message)).toMatchObject({
      status: 'undeliverable',
      status_success: false,
      status_code: '14',
    });
    expect(trackingV1(decision.state.message)).toMatchObject({
      status: 'Undeliverable',
      statusSuccess: 'ERROR',
      linkedMsgId: '',
    });
  });

  test('MESH-M21 an unfinished upload ends the same way; what was collected does not', () => {
    const open = after(null, sending({ totalChunks: 2 }));
    expect(statusOf(after(open, expire(due), due).message)).toBe('undeliverable');
    expect(told(after(after(null, sending()), ack), expire(due))).toBe('unchanged');
  });

  test('MESH-M21 a deactivated mailbox is named as the reason', () => {
    const state = after(after(null, sending()), expire(due, false), due);
    expect(state.message.events[0]?.description).toBe('Message was not collected as the mailbox is deactivated');
  });

  test('MESH-M22 a report has no bytes, tells its story in headers, and causes no report', () => {
    const report = {
      recipientId: 'A',
      workflowId: 'W',
      localId: '',
      subject: 'NDR',
      fileName: '',
      status: 'undeliverable',
      event: 'SEND',
      code: '14',
      description: 'd',
      linkedMessageId: 'X',
    } as const;
    const kept = after(null, { name: 'deliver-report', report, recipient: party('A'), order: '3' });
    expect(downloadHeaders(kept.message, 1)).toMatchObject({
      'mex-messagetype': 'REPORT',
      'mex-chunk-range': '1:0',
      'mex-linkedmsgid': 'X',
      'mex-statussuccess': 'ERROR',
    });
    const decision = kind.decide(kept, expire(due), context(due));
    expect(decision.kind === 'accepted' ? decision.outbox : null).toEqual([]);
    expect(told(null, { name: 'deliver-report', report, recipient: null, order: '3' })).toBe('unchanged');
  });
});

test('MESH-M10 a record keeps its bytes and gives them back', () => {
  const kept = after(null, sending());
  expect(kind.decode(kind.encode(kept))).toEqual(kept);
});
