/** Postman: a small collection, run by newman, that knows the base URL and a patient. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PDS_BASE } from './scenario.ts';
import { runCommand } from './run-command.ts';

interface Step {
  readonly name: string;
  readonly method: 'GET' | 'PATCH';
  readonly path: string;
  /** Postman's variables: `{{$guid}}` is a new id each time. */
  readonly requestId: string;
  readonly tests: readonly string[];
}

const STATUS = (code: number) => `pm.test('status ${code}', () => pm.response.to.have.status(${code}));`;
const JSON_BODY = 'const body = pm.response.json();';

const STEPS: readonly Step[] = [
  {
    name: 'Get',
    method: 'GET',
    path: '/Patient/{{nhsNumber}}',
    requestId: '{{$guid}}',
    tests: [
      STATUS(200),
      JSON_BODY,
      "pm.test('ETag', () => pm.expect(pm.response.headers.get('ETag')).to.equal(`W/\"${body.meta.versionId}\"`));",
      "pm.collectionVariables.set('etag', pm.response.headers.get('ETag'));",
      "pm.collectionVariables.set('family', encodeURIComponent(body.name[0].family));",
      "pm.collectionVariables.set('birthDate', body.birthDate);",
      "pm.collectionVariables.set('gender', body.gender === 'female' ? 'male' : 'female');",
      "pm.collectionVariables.set('update', require('uuid').v4());",
    ],
  },
  {
    name: 'Search',
    method: 'GET',
    path: '/Patient?family={{family}}&birthdate=eq{{birthDate}}',
    requestId: '{{$guid}}',
    tests: [
      STATUS(200),
      JSON_BODY,
      "pm.test('found', () => pm.expect(body.entry.map((e) => e.resource.id)).to.include(pm.collectionVariables.get('nhsNumber')));",
    ],
  },
  {
    name: 'Update',
    method: 'PATCH',
    path: '/Patient/{{nhsNumber}}',
    requestId: '{{update}}',
    tests: [
      STATUS(200),
      JSON_BODY,
      "pm.test('changed', () => pm.expect(body.gender).to.equal(pm.collectionVariables.get('gender')));",
      "pm.collectionVariables.set('updated', pm.response.text());",
    ],
  },
  {
    name: 'Update repeated',
    method: 'PATCH',
    path: '/Patient/{{nhsNumber}}',
    requestId: '{{update}}',
    tests: [
      STATUS(200),
      "pm.test('same answer', () => pm.expect(pm.response.text()).to.equal(pm.collectionVariables.get('updated')));",
    ],
  },
  {
    name: 'Update too late',
    method: 'PATCH',
    path: '/Patient/{{nhsNumber}}',
    requestId: '{{$guid}}',
    tests: [STATUS(409)],
  },
];

function item({ name, method, path, requestId, tests }: Step): object {
  const header = [{ key: 'X-Request-ID', value: requestId }];
  const update = [
    { key: 'If-Match', value: '{{etag}}' },
    { key: 'Content-Type', value: 'application/json-patch+json' },
  ];
  const raw = '{"patches":[{"op":"replace","path":"/gender","value":"{{gender}}"}]}';
  return {
    name,
    request: {
      method,
      url: `{{baseUrl}}${path}`,
      header: method === 'PATCH' ? [...header, ...update] : header,
      ...(method === 'PATCH' ? { body: { mode: 'raw', raw } } : {}),
    },
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: tests } }],
  };
}

export const collection = (target: string, nhsNumber: string): object => ({
  info: { name: 'edge-spine PDS', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
  variable: [
    { key: 'baseUrl', value: target + PDS_BASE },
    { key: 'nhsNumber', value: nhsNumber },
  ],
  item: STEPS.map(item),
});

export async function checkNewman(target: string, nhsNumber: string, folder: string): Promise<readonly string[]> {
  const file = join(folder, 'collection.json');
  await writeFile(file, JSON.stringify(collection(target, nhsNumber)));
  const { code, out } = await runCommand(
    'npx',
    ['--yes', 'newman@6', 'run', file, '--reporters', 'cli', '--color', 'off'],
    folder,
  );
  return code === 0 ? [] : out.split('\n').slice(-40);
}
