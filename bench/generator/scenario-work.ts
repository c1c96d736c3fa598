/** Turns a scenario into work: puts its requests on the wire and judges the replies. */
import type { Random } from '../random.ts';
import {
  type BenchRequest,
  type Preparation,
  type Scenario,
  TargetNotReady,
  type Verdict,
} from '../scenarios/scenario.ts';
import type { Reply } from './response-parser.ts';
import { httpLane, type Lane, type WireTarget } from './transport.ts';
import type { Work } from './work.ts';

const PREPARATION_CONNECTIONS = 16;
const PREPARATION_TIMEOUT_MS = 15_000;

export function scenarioWork(scenario: Scenario, random: Random): Work {
  return {
    issue(lane, finished) {
      const { operation, request, check } = scenario.next(random);
      lane.send(request, (reply, failure) => {
        const verdict = check(reply);
        const error = reply === null ? failure : codeOf(verdict);
        const row = verdict.kind === 'ok' ? (verdict.as ?? operation) : operation;
        const sample = verdict.kind === 'error' ? verdict.sample : undefined;
        finished({ operation: row, error, sample, broken: verdict.kind === 'broken' });
      });
    },
  };
}

function codeOf(verdict: Verdict): string | null {
  return verdict.kind === 'ok' ? null : verdict.code;
}

/** A few connections for setup, outside any measurement. */
/** `operator`: as who the target is administered, where that is somebody else. */
export function preparationOf(wire: WireTarget, operator = wire): Preparation {
  const sendOne = async (request: BenchRequest, target: WireTarget): Promise<Reply> => {
    const [reply] = await sendAll([request], target);
    if (reply === undefined) throw new Error('no reply');
    return reply;
  };
  return {
    send: (request) => sendOne(request, wire),
    sendAll: (requests) => sendAll(requests, wire),
    administer: (request) => sendOne(request, operator),
  };
}

async function sendAll(requests: readonly BenchRequest[], target: WireTarget): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    const opened = httpLane(target);
    const sweeper = setInterval(() => opened.expire(performance.now(), PREPARATION_TIMEOUT_MS), 500);
    try {
      for (let index = next++; index < requests.length; index = next++) {
        const request = requests[index];
        if (request !== undefined) replies[index] = await ask(opened, request);
      }
    } finally {
      clearInterval(sweeper);
      opened.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(PREPARATION_CONNECTIONS, requests.length) }, lane));
  return replies;
}

function ask(lane: Lane, request: BenchRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    lane.send(request, (reply, failure) => {
      if (reply === null) reject(new TargetNotReady(`${request.method} ${request.path}: ${failure}`));
      else resolve(reply);
    });
  });
}
