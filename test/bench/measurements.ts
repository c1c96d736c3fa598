/** A made-up measurement for tests of what is done with measurements. */
import { LatencyHistogram } from '../../bench/generator/histogram.ts';
import type { Measurement } from '../../bench/measurement.ts';

export function measurement(scenario: string, throughput: number, errors = 0): Measurement {
  const latencies = new LatencyHistogram();
  for (let i = 1; i <= 100; i++) latencies.record(i);
  const latency = latencies.summary();
  return {
    scenario,
    figures: {
      seconds: 2,
      done: throughput * 2,
      throughput,
      errors,
      errorKinds: errors > 0 ? { '503 SERVICE_UNAVAILABLE': errors } : {},
      errorSamples: {},
      broken: 0,
      latency,
      serviceTime: latency,
      operations: {},
      donePerSecond: [throughput, throughput],
      latencyDistribution: latencies.percentileText(),
    },
    offered: 0,
    dropped: 0,
    generatorLag: null,
    generatorCpu: 0.1,
    invalid: [],
    server: {
      cpuMsPerTransaction: 0.2,
      cpuShare: 1,
      residentMegabytes: 50,
      rowsReadPerTransaction: null,
      rowsWrittenPerTransaction: 2,
      snapshotLagMsMax: null,
      snapshotLagMsLast: null,
    },
  };
}
