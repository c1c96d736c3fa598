/** What a sender may say in Mex headers, in the order in which it is checked. */
import type { MessageFacts } from './message-state.ts';
import type { MeshRefusalCode } from './refusals.ts';

/** A header that is missing or too long; the words are those of the official sandbox's validation. */
export interface HeaderFault {
  readonly loc: readonly [string, string];
  readonly msg: string;
  readonly type: string;
  readonly ctx?: Readonly<Record<string, number>>;
}

export type ReadHeader = (name: string) => string | null;

export type MexFacts = Omit<MessageFacts, 'contentEncoding'> & {
  readonly recipientId: string;
  readonly chunkRange: string;
};

export type MexReading =
  | { readonly kind: 'read'; readonly facts: MexFacts; readonly refusal: MeshRefusalCode | null }
  | { readonly kind: 'faulty'; readonly faults: readonly HeaderFault[] };

const MANDATORY = ['mex-to', 'mex-workflowid'];

const LONGEST: Readonly<Record<string, number>> = {
  'mex-to': 100,
  'mex-workflowid': 300,
  'mex-chunk-range': 20,
  'mex-subject': 500,
  'mex-localid': 300,
  'mex-partnerid': 500,
  'mex-filename': 300,
  'mex-content-encrypted': 20,
  'mex-content-compressed': 20,
  'mex-content-checksum': 100,
  'mex-content-type': 100,
};

const CONTROL = /[\x00-\x1f]/;
const ADDRESS = /^https?:\/\//i;
const CHECKSUM = /^[A-Za-z0-9\s:/-]*$/;
const YES = new Set(['y', 'yes', 't', 'true', 'on', '1']);

export function readMexHeaders(read: ReadHeader, mailboxId: string): MexReading {
  const header = remembered(read);
  const faults = headerFaults(header);
  if (faults.length > 0) return { kind: 'faulty', faults };
  const text = (name: string): string => header(name) ?? '';
  const facts: MexFacts = {
    recipientId: text('mex-to').trim().toUpperCase(),
    workflowId: text('mex-workflowid').trim(),
    chunkRange: text('mex-chunk-range'),
    localId: text('mex-localid'),
    partnerId: text('mex-partnerid'),
    fileName: text('mex-filename'),
    subject: text('mex-subject'),
    checksum: text('mex-content-checksum'),
    contentType: text('mex-content-type') || text('content-type').toLowerCase(),
    encrypted: YES.has(text('mex-content-encrypted').trim().toLowerCase()),
    compressed: YES.has(text('mex-content-compressed').trim().toLowerCase()),
  };
  return { kind: 'read', facts, refusal: refusalOf(header, facts, mailboxId) };
}

function headerFaults(header: ReadHeader): readonly HeaderFault[] {
  const missing = MANDATORY.filter((name) => header(name) === null).map((name): HeaderFault => ({
    loc: ['header', name],
    msg: 'field required',
    type: 'value_error.missing',
  }));
  const long = Object.entries(LONGEST).flatMap(([name, limit]): HeaderFault[] => {
    if ((header(name)?.length ?? 0) <= limit) return [];
    const msg = `ensure this value has at most ${limit} characters`;
    return [{ loc: ['header', name], msg, type: 'value_error.any_str.max_length', ctx: { limit_value: limit } }];
  });
  return [...missing, ...long];
}

function refusalOf(header: ReadHeader, facts: MexFacts, mailboxId: string): MeshRefusalCode | null {
  const values = Object.keys(LONGEST).map((name) => header(name) ?? '');
  const addresses = [facts.recipientId, facts.workflowId, facts.checksum].some((value) => ADDRESS.test(value));
  if (addresses || values.some((value) => CONTROL.test(value))) return 'headers-malformed';
  if (!CHECKSUM.test(facts.checksum)) return 'checksum-malformed';
  if (facts.recipientId === '') return 'recipient-missing';
  const from = (header('mex-from') ?? '').trim().toUpperCase();
  return from === '' || from === mailboxId ? null : 'sender-differs';
}

/** Each header is asked for once: the platform converts it anew every time. */
function remembered(read: ReadHeader): ReadHeader {
  const known = new Map<string, string | null>();
  return (name) => {
    let value = known.get(name);
    if (value === undefined) known.set(name, (value = read(name)));
    return value;
  };
}
