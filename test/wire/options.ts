/** The command line that the wire programs share: a folder of specifications, a target, the operator's key. */
import { parseArgs } from 'node:util';
import { DEFAULT_DATA_FOLDER, DEFAULT_TARGET, operatorKey } from '../../scripts/import/operator-key.ts';
import { readPack } from './pack.ts';
import type { Pack } from './pack.ts';

export interface WireOptions {
  /** The folder of specifications. */
  readonly specs: string;
  readonly pack: Pack;
  readonly target: string;
  readonly token: string;
  /** A second deployment of the same build where tokens are asked for. */
  readonly enforcedTarget: string | undefined;
  /** A token of application-restricted access for the second deployment. */
  readonly appToken: string | undefined;
  readonly verbose: boolean;
}

/** A string is what is wrong with the command line. */
export async function wireOptions(usage: string): Promise<WireOptions | string> {
  const { values, positionals } = parseArgs({
    options: {
      target: { type: 'string', default: DEFAULT_TARGET },
      token: { type: 'string' },
      data: { type: 'string', default: DEFAULT_DATA_FOLDER },
      'enforced-target': { type: 'string' },
      'app-token': { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [specs] = positionals;
  if (specs === undefined) return usage;
  const pack = readPack(specs);
  if (pack === null) return `${specs} holds no pds/sandbox-patients.json`;
  const token = await operatorKey(values.token, values.data);
  if (token === null) return `no operator key: neither --token nor ${values.data}/operator.key`;
  const { target, verbose } = values;
  return {
    specs,
    pack,
    target,
    token,
    verbose,
    enforcedTarget: values['enforced-target'],
    appToken: values['app-token'],
  };
}
