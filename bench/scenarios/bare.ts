/** Scenarios of the bare baseline: the same shapes of load on a Worker and actors that do next to nothing. */
import type { Random } from '../random.ts';
import { newRequestId } from '../request-ids.ts';
import { errorOf, type Exchange, NO_REPLY, OK, type Scenario, type ScenarioSettings } from './scenario.ts';

type Draw = (random: Random) => Exchange;

export function bareHello(_settings: ScenarioSettings): Scenario {
  return bare('bare-hello', () => call('HELLO', 'GET', '/hello'));
}

export function bareRead({ shards }: ScenarioSettings): Scenario {
  return bare('bare-read', (random) => read(random.below(shards)));
}

export function bareWrite({ shards }: ScenarioSettings): Scenario {
  return bare('bare-write', (random) => write(random.below(shards)));
}

/** Every write to one actor: what a hot record can be compared with. */
export function bareWriteOne(_settings: ScenarioSettings): Scenario {
  return bare('bare-write-one', () => write(0));
}

/** The national mix without searches: the bare actors have no index to search. */
export function bareMix({ shards, writeShare }: ScenarioSettings): Scenario {
  return bare('bare-mix', (random) => {
    const shard = random.below(shards);
    return random.next() * 100 < writeShare ? write(shard) : read(shard);
  });
}

function bare(name: string, next: Draw): Scenario {
  return { name, setup: () => Promise.resolve(), next };
}

function read(shard: number): Exchange {
  return call('READ', 'GET', `/read/${shard}`);
}

function write(shard: number): Exchange {
  return call('WRITE', 'POST', `/write/${shard}`);
}

function call(operation: string, method: 'GET' | 'POST', path: string): Exchange {
  return {
    operation,
    request: { method, path, requestId: newRequestId(), headers: '', body: '', keepBody: false },
    check(reply) {
      if (reply === null) return NO_REPLY;
      return reply.status === 200 ? OK : errorOf(reply);
    },
  };
}
