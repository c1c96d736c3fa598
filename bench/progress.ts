/** Shows that something happens: one bar on a terminal, else one line every five seconds. All of it on stderr. */
import { Presets, SingleBar } from 'cli-progress';

const LINE_EVERY_S = 5;

export interface Progress {
  progressed(done: number, errors: number): void;
  stop(): void;
}

export function startProgress(label: string, seconds: number): Progress {
  return process.stderr.isTTY ? barProgress(label, seconds) : lineProgress(label, seconds);
}

function barProgress(label: string, seconds: number): Progress {
  const format = `${label} [{bar}] {value}/{total} s  done {done}  errors {errors}`;
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true }, Presets.rect);
  bar.start(seconds, 0, { done: 0, errors: 0 });
  return {
    progressed: (done, errors) => bar.increment(1, { done, errors }),
    stop: () => bar.stop(),
  };
}

function lineProgress(label: string, seconds: number): Progress {
  let second = 0;
  return {
    progressed(done, errors) {
      second++;
      if (second % LINE_EVERY_S === 0)
        console.error(`${label}  ${second}/${seconds} s  done ${done}  errors ${errors}`);
    },
    stop: () => undefined,
  };
}
