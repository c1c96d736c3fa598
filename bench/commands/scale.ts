/** x */
export function scaleCommand(_args: readonly string[]): Promise<number> {
  return Promise.resolve(0);
}
