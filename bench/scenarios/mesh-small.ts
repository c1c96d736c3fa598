/**
 * Whole lives of small messages: 1 KB sent, fetched by its recipient and checked, acknowledged. Each reply makes the next
 * step possible, so as many messages are under way as there are connections; ACKNOWLEDGE counts the complete ones.
 */
import { MAILBOXES, meshRequest, messageIdIn, needMailboxes, sendHeaders } from './mesh-calls.ts';
import { errorOf, type Exchange, NO_REPLY, OK, type Scenario, type ScenarioSettings } from './scenario.ts';

const BODY = 'A kilobyte of a message. '.repeat(41).slice(0, 1024);

interface Sent {
  readonly id: string;
  readonly to: string;
}

export function meshSmall(_settings: ScenarioSettings): Scenario {
  const sent: Sent[] = [];
  const fetched: Sent[] = [];
  let turn = 0;
  return {
    name: 'mesh-small',
    setup: needMailboxes,
    next() {
      const done = fetched.pop();
      if (done) return acknowledge(done);
      const ready = sent.pop();
      if (ready) return fetch(ready, fetched);
      turn += 1;
      const [from, to] = [mailbox(turn), mailbox(turn + 1)];
      return send(from, to, sent);
    },
  };
}

const mailbox = (turn: number): string => MAILBOXES[turn % MAILBOXES.length] ?? MAILBOXES[0];

function send(from: string, to: string, sent: Sent[]): Exchange {
  return {
    operation: 'SEND',
    request: meshRequest({ method: 'POST', mailbox: from, path: '/outbox', headers: sendHeaders(to), body: BODY }),
    check(reply) {
      if (reply === null) return NO_REPLY;
      const id = messageIdIn(reply.body);
      if (reply.status !== 202 || id === undefined) return errorOf(reply);
      sent.push({ id, to });
      return OK;
    },
  };
}

function fetch(message: Sent, fetched: Sent[]): Exchange {
  const { id, to } = message;
  return {
    operation: 'GET',
    request: { ...meshRequest({ method: 'GET', mailbox: to, path: `/inbox/${id}` }), keepBody: true },
    check(reply) {
      if (reply === null) return NO_REPLY;
      if (reply.status === 404) return { kind: 'broken', code: 'ACCEPTED_MESSAGE_LOST' };
      if (reply.status !== 200) return errorOf(reply);
      if (reply.body?.toString('latin1') !== BODY) return { kind: 'broken', code: 'OTHER_BYTES' };
      fetched.push(message);
      return OK;
    },
  };
}

function acknowledge({ id, to }: Sent): Exchange {
  return {
    operation: 'ACKNOWLEDGE',
    request: meshRequest({ method: 'PUT', mailbox: to, path: `/inbox/${id}/status/acknowledged` }),
    check(reply) {
      if (reply === null) return NO_REPLY;
      return reply.status === 200 ? OK : errorOf(reply);
    },
  };
}
