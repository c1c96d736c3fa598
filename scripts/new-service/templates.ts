/** The files of a new service as they begin: they compile, answer 501 in the service's own error form, and are tested. */

export interface Names {
  /** Folder and base path, for example `care-plans`. */
  readonly folder: string;
  /** In code, for example `carePlans`. */
  readonly value: string;
  /** As a type, for example `CarePlans`. */
  readonly type: string;
  /** Of the rules, for example `CAREPLANS`. */
  readonly prefix: string;
}

/** Path below the root of the repository, and content. */
export type Files = readonly (readonly [path: string, content: string])[];

export const filesOf = (names: Names): Files => [
  [`docs/rules/${names.folder}.md`, rules(names)],
  [`src/domain/${names.folder}/refusals.ts`, refusals(names)],
  [`src/domain/${names.folder}/${names.folder}.ts`, record(names)],
  [`src/routes/${names.folder}/refusal-table.ts`, refusalTable(names)],
  [`src/routes/${names.folder}/get-record.ts`, operation(names)],
  [`src/routes/${names.folder}/service.ts`, service(names)],
  [`test/domain/${names.folder}/${names.folder}.test.ts`, recordTest(names)],
  [`test/routes/${names.folder}/service.test.ts`, serviceTest(names)],
];

const rules = ({ folder, prefix }: Names): string => `# ${folder}: rules

Sources: name them here, with a letter for each; **(inferred)** where no public source says it.

| id | rule | source |
|---|---|---|
| ${prefix}-A01 | A path that is not served, and one whose handler is not written yet, is answered in the service's own error form: 404, 501 | ours |
| ${prefix}-G01 | A look at a record is decided in the patient's shard; so far every decision is \`NOT_IMPLEMENTED\` | ours |
| ${prefix}-X01 | Merging two NHS numbers takes over what is held: so far nothing | ours |
`;

const refusals = ({
  folder,
  type,
}: Names): string => `/** Every way ${folder} says no. routes/${folder}/refusal-table.ts gives each code its form on the wire. */
import type { Refusal } from '../../engine/record-kind.ts';

export type ${type}RefusalCode = 'NOT_IMPLEMENTED' | 'RESOURCE_NOT_FOUND';

export interface ${type}Refusal extends Refusal {
  readonly code: ${type}RefusalCode;
}

export const refuse = (code: ${type}RefusalCode, diagnostics: string): ${type}Refusal => ({
  kind: 'refused',
  code,
  diagnostics,
});
`;

const record = ({
  folder,
  value,
  type,
}: Names): string => `/** The record of ${folder}: what is held of one patient, and which file answers which command and query. */
import type { Command, MergeableKind, Query } from '../../engine/record-kind.ts';
import { refuse } from './refusals.ts';

export interface ${type} {
  readonly items: readonly string[];
}

export interface GetRecord extends Query {
  readonly name: 'get-record';
}

const RETIRE: Command = { name: 'retire-record' };

export const ${value}: MergeableKind<${type}, Command, GetRecord> = {
  name: '${folder}',
  decode: ({ body }) => JSON.parse(body) as ${type},
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide: (_state, { name }) =>
    name === RETIRE.name ? { kind: 'unchanged', reply: { body: '' } } : refuse('NOT_IMPLEMENTED', \`\${name} is not implemented\`),
  view: (_record, { name }) => refuse('NOT_IMPLEMENTED', \`\${name} is not implemented\`),
  // Nothing is held yet, so nothing is taken over when NHS numbers are merged.
  handOver: () => ({ absorb: null, retire: RETIRE }),
};
`;

const refusalTable = ({
  folder,
  type,
}: Names): string => `/** How ${folder} says no: every code of the domain with its form on the wire, beside what engine and edge say. */
import type { ${type}RefusalCode } from '../../domain/${folder}/refusals.ts';
import type { RecordCallCode } from '../record-call.ts';
import type { RefusalTable } from '../service.ts';
import { USUAL_FORMS, error, refusedBy } from '../usual-refusals.ts';

const FORMS: RefusalTable<${type}RefusalCode | RecordCallCode> = {
  ...USUAL_FORMS,
  NOT_IMPLEMENTED: error(501, 'NOT_IMPLEMENTED', 'Not implemented', 'not-supported'),
  RESOURCE_NOT_FOUND: error(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
};

export const refused = refusedBy(FORMS);
`;

const operation = ({ folder, type }: Names): string => `/** GET /Record/{nhs number} */
import { refuse } from '../../domain/${folder}/refusals.ts';
import type { ${type}Refusal } from '../../domain/${folder}/refusals.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { answered, readFollowing } from '../record-call.ts';
import type { RecordCall, Result } from '../record-call.ts';
import { FHIR_JSON } from '../respond.ts';

const KIND = '${folder}';
const QUERY = { name: 'get-record' };

const NOBODY: ${type}Refusal = refuse('RESOURCE_NOT_FOUND', 'This is no NHS number');

export async function getRecord(call: RecordCall, id: string): Promise<Result> {
  if (!isNhsNumber(id)) return NOBODY;
  const { outcome } = await readFollowing(call, KIND, { key: id, query: QUERY });
  return answered(outcome, ({ body }) => ({ status: 200, body, contentType: FHIR_JSON }));
}
`;

const service = ({
  folder,
  value,
}: Names): string => `/** ${folder}: its operations on one screen, and the order in which a request is checked. */
import { refuse } from '../../domain/${folder}/refusals.ts';
import { admit } from '../access.ts';
import { auditedAgent } from '../agent.ts';
import { pingPage } from '../platform-pages.ts';
import { TokenBuckets, limitApp } from '../rate-limit.ts';
import { callerFacts, isRefused } from '../record-call.ts';
import type { RecordCall } from '../record-call.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import { respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Routed, Service, WireRefusal } from '../service.ts';
import { STRANGER, accessModes } from '../worker-access.ts';
import { getRecord } from './get-record.ts';
import { refused } from './refusal-table.ts';

const BASE_PATH = '/${folder}/FHIR/R4';
const accessMode = accessModes('${folder}');

const RECORD = '/Record/';

async function handle(context: RequestContext, routed: Routed): Promise<Outgoing> {
  if (context.method === 'GET' && routed.suffix === '/_ping') return pingPage(context);
  const call = await admitted(context, routed);
  if (isRefused(call)) return refused(context, call);
  if (context.method !== 'GET' || !routed.suffix.startsWith(RECORD)) {
    return refused(context, refuse('RESOURCE_NOT_FOUND', 'This is not served'));
  }
  const result = await getRecord(call, routed.suffix.slice(RECORD.length));
  return isRefused(result) ? refused(context, result) : respond(context, result);
}

/** Token, rate, mode, request id: in this order. The role that acts, where it matters: actingRole of worker-access. */
async function admitted(context: RequestContext, { query }: Routed): Promise<RecordCall | WireRefusal> {
  const grant = await admit(context);
  if (grant.kind === 'refused') return grant;
  const app = { ...grant.app, id: \`${folder}/\${grant.app.id}\` };
  const limited = grant.open ? null : await limitApp(context.limiter ?? ownBuckets, app, context.now);
  if (limited !== null) return limited;
  const mode = accessMode(grant);
  if (mode === null) return STRANGER;
  const { requestId } = context;
  if (requestId === null || !isRequestId(requestId)) return { kind: 'refused', code: 'request-id-reused' };
  const caller = callerFacts(context, grant, undefined);
  return { context, agent: auditedAgent(context, grant, { mode }), requestId, query, caller };
}

const ownBuckets = new TokenBuckets();

export const ${value}: Service = {
  basePath: BASE_PATH,
  handle,
  broken: (context, reference) =>
    refused(context, { kind: 'refused', code: 'unknown-error', diagnostics: \`Message ID: \${reference}\` }),
};
`;

const recordTest = ({ folder, prefix, value }: Names): string => `import { expect, test } from 'vitest';
import { ${value} } from '../../../src/domain/${folder}/${folder}.ts';

const context = {
  key: '9000000009',
  now: 0,
  agent: { client: 'test', mode: 'open', rights: [] },
  neighbour: () => null,
};

test('${prefix}-G01 a look is decided, and so far refused as not implemented', () => {
  expect(${value}.view(null, { name: 'get-record' }, context)).toEqual({
    kind: 'refused',
    code: 'NOT_IMPLEMENTED',
    diagnostics: 'get-record is not implemented',
  });
});

test('${prefix}-X01 merging two numbers goes on: so far there is nothing to take over', () => {
  const { absorb, retire } = ${value}.handOver(null, { from: '9000000017', into: '9000000009' });
  expect([absorb, ${value}.decide(null, retire, { ...context, version: 0, nextVersion: 1, newId: () => '' }).kind]).toEqual([
    null,
    'unchanged',
  ]);
});

test('${prefix}-G01 what is stored is read back', () => {
  const state = { items: ['one'] };
  expect(${value}.decode(${value}.encode(state))).toEqual(state);
});
`;

const serviceTest = ({ folder, prefix }: Names): string => `import { expect, test } from 'vitest';
import { Edge, refusalIn } from '../support.ts';

const BASE = 'https://edge.test/${folder}/FHIR/R4';

const refusing = (): Edge => {
  const edge = new Edge();
  edge.spine.answer = () => ({ kind: 'refused', code: 'NOT_IMPLEMENTED', diagnostics: 'get-record is not implemented' });
  return edge;
};

test('${prefix}-A01 a record is asked for in its shard and answered 501 in the service\\'s error form', async () => {
  const edge = refusing();
  const response = await edge.send(\`\${BASE}/Record/9000000009\`);
  expect(edge.spine.only).toMatchObject({ kind: '${folder}', key: '9000000009', wish: { name: 'get-record' } });
  expect(await refusalIn(response)).toMatchObject({ status: 501, code: 'NOT_IMPLEMENTED' });
});

test('${prefix}-A01 what is not served is 404', async () => {
  const response = await refusing().send(\`\${BASE}/Nothing\`);
  expect(await refusalIn(response)).toMatchObject({ status: 404, code: 'RESOURCE_NOT_FOUND' });
});
`;
