/** Messages of 100 MB in chunks of 10 MB, there and back: a question to the memory of the server more than to its speed. */
import { MAILBOXES, meshRequest, messageIdIn, needMailboxes, sendHeaders } from './mesh-calls.ts';
import { errorOf, type Exchange, NO_REPLY, OK, type Scenario, type ScenarioSettings } from './scenario.ts';

const CHUNKS = 10;
const CHUNK_BYTES = 10_000_000;
const BODY = '0123456789'.repeat(CHUNK_BYTES / 10);
const [FROM, TO] = MAILBOXES;

/** One message on its way: the next chunk to send or to fetch. */
interface Journey {
  readonly id: string;
  readonly phase: 'up' | 'down' | 'done';
  readonly chunk: number;
}

export function meshBulk(_settings: ScenarioSettings): Scenario {
  const journeys: Journey[] = [];
  return {
    name: 'mesh-bulk',
    setup: needMailboxes,
    next() {
      const journey = journeys.shift();
      const goOn = (next: Journey): void => void journeys.push(next);
      if (journey === undefined) return upload('', 1, goOn);
      if (journey.phase === 'up') return upload(journey.id, journey.chunk, goOn);
      return journey.phase === 'down' ? download(journey, goOn) : acknowledge(journey);
    },
  };
}

function upload(id: string, chunk: number, goOn: (next: Journey) => void): Exchange {
  const headers = `Mex-Chunk-Range: ${chunk}:${CHUNKS}\r\n${chunk === 1 ? sendHeaders(TO) : ''}`;
  const path = chunk === 1 ? '/outbox' : `/outbox/${id}/${chunk}`;
  return {
    operation: 'UPLOAD 10 MB',
    request: meshRequest({ method: 'POST', mailbox: FROM, path, headers, body: BODY }),
    check(reply) {
      if (reply === null) return NO_REPLY;
      const messageId = messageIdIn(reply.body);
      if (reply.status !== 202 || messageId === undefined) return errorOf(reply);
      goOn(
        chunk === CHUNKS
          ? { id: messageId, phase: 'down', chunk: 1 }
          : { id: messageId, phase: 'up', chunk: chunk + 1 },
      );
      return OK;
    },
  };
}

function download({ id, chunk }: Journey, goOn: (next: Journey) => void): Exchange {
  return {
    operation: 'DOWNLOAD 10 MB',
    request: meshRequest({ method: 'GET', mailbox: TO, path: `/inbox/${id}/${chunk}` }),
    check(reply) {
      if (reply === null) return NO_REPLY;
      if (reply.status !== (chunk === CHUNKS ? 200 : 206)) return errorOf(reply);
      goOn(chunk === CHUNKS ? { id, phase: 'done', chunk } : { id, phase: 'down', chunk: chunk + 1 });
      return OK;
    },
  };
}

function acknowledge({ id }: Journey): Exchange {
  return {
    operation: 'ACKNOWLEDGE',
    request: meshRequest({ method: 'PUT', mailbox: TO, path: `/inbox/${id}/status/acknowledged` }),
    check(reply) {
      if (reply === null) return NO_REPLY;
      return reply.status === 200 ? OK : errorOf(reply);
    },
  };
}
