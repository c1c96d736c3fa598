/** Closed loop: every connection back to back. Measures the greatest throughput; its latencies flatter a stalling server. */
import type { LoadParts, LoadResult, LoadWindow } from './load.ts';
import { Recorder } from './recorder.ts';
import type { Lane } from './transport.ts';
import { WindowClock } from './window-clock.ts';

/** After a failure a connection rests, so that a dead server is not hammered. */
const REST_AFTER_FAILURE_MS = 50;

export async function runClosedLoop(parts: LoadParts, window: LoadWindow): Promise<LoadResult> {
  const { pool, watcher } = parts;
  const start = performance.now() + window.warmupSeconds * 1000;
  const end = start + window.seconds * 1000;
  const recorder = new Recorder(start, end);
  const clock = new WindowClock(watcher, recorder);
  clock.schedule(start - performance.now(), end - performance.now());
  const streams: Promise<void>[] = [];
  for (let lane = pool.take(); lane !== undefined; lane = pool.take()) {
    streams.push(streamOf(lane, { parts, recorder, end }));
  }
  await Promise.race([Promise.all(streams), pause(window.warmupSeconds + window.seconds + window.drainSeconds)]);
  clock.stop();
  return { figures: recorder.figures(), offered: 0, dropped: 0, generatorLag: null, generatorCpu: clock.cpu.share };
}

interface Stream {
  readonly parts: LoadParts;
  readonly recorder: Recorder;
  readonly end: number;
}

function streamOf(lane: Lane, { parts, recorder, end }: Stream): Promise<void> {
  return new Promise((resolve) => {
    const next = (): void => {
      const sent = performance.now();
      if (sent >= end) {
        parts.pool.give(lane);
        resolve();
        return;
      }
      parts.work.issue(lane, (result) => {
        recorder.record(result, { intended: sent, sent, finished: performance.now() });
        if (result.error === null) next();
        else setTimeout(next, REST_AFTER_FAILURE_MS);
      });
    };
    next();
  });
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000).unref();
  });
}
