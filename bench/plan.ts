/** What is measured and what it is held to: trials of a scenario beside its baselines, and bounds on their figures. */

export interface Load {
  readonly mode: 'open' | 'saturate';
  /** Arrivals a second; of no meaning when saturating. */
  readonly rate: number;
  readonly connections: number;
  readonly seconds: number;
  readonly warmup: number;
}

export interface Trial {
  readonly name: string;
  readonly scenario: string;
  /** Bare scenarios measured in the same rounds, in turn with the subject. */
  readonly baselines: readonly string[];
  readonly load: Load;
  /** Requests in flight of single scenarios, where they are not `load.connections`: a session takes more. */
  readonly inFlight?: Readonly<Record<string, number>>;
  readonly rounds: number;
}

/** `served`: percent of the offered arrivals that were done inside the window. `rows`: written per transaction. */
export type Metric = 'throughput' | 'served' | 'p99' | 'errors' | 'dropped' | 'rows';

/** `of` alone: the trial's median of that metric. With `against`: the ratio to that baseline's median. */
export interface Bound {
  readonly trial: string;
  readonly of: Metric;
  readonly against?: string;
  readonly is: 'at least' | 'at most';
  readonly value: number;
  readonly unit: string;
}

export interface Plan {
  readonly name: string;
  readonly trials: readonly Trial[];
  readonly bounds: readonly Bound[];
}

export function boundText({ trial, of, against, is, value, unit }: Bound): string {
  const subject = against === undefined ? `${trial}: ${of}` : `${trial}: ${of} over ${against}`;
  return `${subject} ${is} ${value}${unit}`;
}

/** The load as one scenario of the trial meets it. */
export function loadFor({ load, inFlight }: Trial, scenario: string): Load {
  return { ...load, connections: inFlight?.[scenario] ?? load.connections };
}

/** '64 connections', and what differs from it. */
export function inFlightText({ load, inFlight }: Trial): string {
  const others = Object.entries(inFlight ?? {}).map(([name, count]) => `${name} ${count}`);
  return [`${load.connections} connections`, ...others].join(', ');
}

type LoadWishes = Pick<Load, 'rate' | 'connections' | 'warmup'> & { readonly seconds: number | undefined };

/** An open loop as the command line asks for, with a preset's own length where it does not. */
export function loadOf(wishes: LoadWishes, seconds: number): Load {
  const { rate, connections, warmup } = wishes;
  return { mode: 'open', rate, connections, warmup, seconds: wishes.seconds ?? seconds };
}
