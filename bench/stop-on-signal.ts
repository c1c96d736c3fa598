/** An interrupted run leaves no server behind and no report. */
const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

export function stopOnSignal(running: { stop(): Promise<void> }): void {
  for (const [signal, code] of SIGNALS) {
    process.once(signal, () => {
      void running.stop().finally(() => process.exit(code));
    });
  }
}
