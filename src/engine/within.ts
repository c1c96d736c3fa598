/** A bound on how long the engine waits for something outside. */

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** The value of `work`, or DeadlineExceeded after `milliseconds`; the work itself is not stopped. */
export function within<T>(
  milliseconds: number,
  work: Promise<T>,
  timer: { defer(work: () => void, delayMs: number): () => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timer.defer(() => reject(new DeadlineExceeded(`no answer within ${milliseconds} ms`)), milliseconds);
    work.then(resolve, reject).finally(cancel);
  });
}
