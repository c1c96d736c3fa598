/** Compares what the server says with the published answer: ids, times and dates are each run's own, all else is told. */
import * as expected from '../conformance/expect.ts';
import { LIVE } from './deviations.ts';
import { hasExample, publishedAnswer } from '../eps-pack.ts';
import type { EpsPack } from '../eps-pack.ts';
import { differences, isObject, listAt, textAt } from '../json.ts';
import type { Json } from '../json.ts';
import type { Step } from '../report.ts';
import type { WireAnswer } from '../wire-client.ts';

export interface Published {
  readonly path: string;
  readonly status: number;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SHORT_ID = /[A-F0-9]{6}-[A-Z0-9]{6}-[A-F0-9]{5}[A-Z0-9+]/g;
const OWN: Readonly<Record<string, string>> = {
  'https://fhir.nhs.uk/Id/nhs-number': '<nhs number>',
  'https://fhir.nhs.uk/Id/prescription': '<long id>',
  'https://fhir.nhs.uk/Id/prescription-order-item-number': '<item>',
  'https://tools.ietf.org/html/rfc4122': '<id>',
};

/** The value with everything replaced that is of one run or one publication: ids by what they name, times, numbers. */
export function neutral(value: unknown): unknown {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  collect(value, (id, type) => {
    if (names.has(id)) return;
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    names.set(id, `<${type} ${count}>`);
  });
  return walk(value, '', names);
}

/** Ids of resources, by type and place. */
function collect(value: unknown, name: (id: string, type: string) => void): void {
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) collect(item, name);
  if (!isObject(value)) return;
  const type = textAt(value, 'resource/resourceType');
  const url = textAt(value, 'fullUrl').replace('urn:uuid:', '').toLowerCase();
  if (type !== '' && url !== '') name(url, type);
  if (isObject(value['resource']) && textAt(value, 'resource/id') !== '')
    name(textAt(value, 'resource/id').toLowerCase(), type);
  for (const item of Object.values(value)) collect(item, name);
}

function walk(value: unknown, member: string, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return inOrder(value, member).map((item) => walk(item, member, names));
  if (typeof value === 'string') return neutralText(value, member, names);
  if (!isObject(value)) return value;
  const own = OWN[textAt(value, 'system')];
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === 'value' && own !== undefined ? own : walk(item, name, names),
    ]),
  );
}

/** Extensions have no order; nor have the resources of a message, once each is named by its type and place. The header stays first. */
function inOrder(list: readonly unknown[], member: string): readonly unknown[] {
  const key = (item: unknown) =>
    member === 'extension' ? textAt(item, 'url') : textAt(item, 'resource/resourceType').replace(/^Message/, '');
  const isMessage = list.some((item) => textAt(item, 'resource/resourceType') === 'MessageHeader');
  if (member !== 'extension' && !isMessage) return list;
  return list.toSorted((one, other) => key(one).localeCompare(key(other)));
}

function neutralText(text: string, member: string, names: ReadonlyMap<string, string>): string {
  if (INSTANT.test(text)) return '<time>';
  if (DAY.test(text) && member !== 'birthDate') return '<day>';
  if (member === 'data' && text.length > 500) return '<signature>';
  const told = text.replace(UUID, (id) => names.get(id.toLowerCase()) ?? '<id>').replace(SHORT_ID, '<prescription>');
  return told.replace(/^\S+\/\$process-message$/, '<base>/$process-message');
}

/**
 * Nothing when body and published answer are the same but for the named deviations. Each of these must be found: one
 * that explains nothing any more is wrong too.
 */
export function compared(pack: EpsPack, path: string, body: unknown): readonly string[] {
  pack.ledger.compared(path);
  const live = LIVE[path] ?? [];
  const lines = differences(neutral(body), neutral(publishedAnswer(pack, path)));
  return [
    ...lines.filter((line) => !live.some(({ at }) => at.test(line))).map((line) => `${path} ${line}`),
    ...live.filter(({ at }) => !lines.some((line) => at.test(line))).map(({ why }) => `no longer deviates: ${why}`),
  ];
}

/** What the report says beside a step that compares with this answer. */
export function deviating(path: string, why: readonly string[] = []): Pick<Step, 'exception'> {
  const all = [...new Set([...why, ...(LIVE[path] ?? []).map((deviation) => deviation.why)])];
  return all.length === 0 ? {} : { exception: all.join('; ') };
}

export interface AnswerStep {
  readonly name: string;
  readonly published: Published;
  readonly why?: readonly string[];
  readonly run: () => Promise<WireAnswer>;
}

/** The step in which an answer is held against a published one. */
export const answerStep = (pack: EpsPack, { name, published, run, why }: AnswerStep): Step => ({
  name,
  ...deviating(published.path, why),
  run: async () => {
    const answer = await run();
    return [...expected.status(answer, published.status), ...compared(pack, published.path, answer.body)];
  },
});

/** The resources of these entries, each under the address that its references use. */
export const entriesOf = (bundle: unknown): readonly { readonly fullUrl: string; readonly resource: Json }[] =>
  listAt(bundle, 'entry').flatMap((entry) => {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    return isObject(resource) ? [{ fullUrl: textAt(entry, 'fullUrl'), resource }] : [];
  });

export const SUCCESS = 'eps/spec/errors/operation-outcome-success.json';

/** The published answer to a published request, by its name; else what everything that succeeds answers. */
export function answerTo(pack: EpsPack, request: string): string {
  const path = request.replace('-Request-', '-Response-').replace(/(-0\d)?-req\.json$/, '-res.json');
  return path !== request && hasExample(pack, path) ? path : SUCCESS;
}
