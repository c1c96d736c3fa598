/** Where the operator's key comes from: the command line, or the data folder of a local system. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const DEFAULT_TARGET = 'http://localhost:8787';
export const DEFAULT_DATA_FOLDER = './data';

/** Null when neither a token nor a key file is there. */
export async function operatorKey(token: string | undefined, dataFolder: string): Promise<string | null> {
  if (token !== undefined && token !== '') return token;
  try {
    const key = (await readFile(join(dataFolder, 'operator.key'), 'utf8')).trim();
    return key === '' ? null : key;
  } catch {
    return null;
  }
}
