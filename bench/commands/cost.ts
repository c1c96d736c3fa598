/** x */
export function costCommand(_args: readonly string[]): Promise<number> {
  return Promise.resolve(0);
}
