/** SEC-10 to SEC-15: what somebody who is let in may not do. */
import { expect } from 'vitest';
import { nhsNumberCheckDigit } from '../../src/nhs/nhs-number.ts';
import { demographics } from '../../src/domain/pds/demographics.ts';
import type { DemographicsCommand } from '../../src/domain/pds/commands.ts';
import { patient as patchable } from '../domain/pds/patch-fixture.ts';
import { newcomer } from '../domain/pds/births.ts';
import { Edge, patching, SCOPE } from '../routes/support.ts';
import type { Sent } from '../routes/support.ts';
import { RecordSpine } from '../support/record-spine.ts';
import { enforcedEdge, key, OTHER, OWN, PATH, PATIENT, refusedAtTheDoor, WORKER } from './negative-case.ts';
import type { NegativeCase } from './negative-case.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const SEARCH = '/Patient?family=Smith&gender=female&birthdate=eq2010-10-22';
const CREATE: readonly [string, Sent] = ['/Patient', { method: 'POST', body: newcomer(), headers: JSON_TYPE }];
const UPDATE: readonly [string, Sent] = [PATH, patching()];
const COVERAGE = `/Coverage?subscriber:identifier=${OWN}`;

interface Attempt {
  readonly who: string;
  readonly claims: object;
  readonly does: string;
  readonly path: string;
  readonly sent?: Sent;
}

const APP = { scope: SCOPE.app, rate: 1_000 };
const PRIVILEGED = { scope: SCOPE.privileged, rate: 1_000 };
const STRANGER = { scope: 'urn:nhsd:apim:app:level3:other-service', rate: 1_000 };

const FUNCTIONS: readonly Attempt[] = [
  ...[APP, PRIVILEGED].flatMap((claims): Attempt[] => {
    const who = claims === APP ? 'an application' : 'a privileged application';
    return [
      { who, claims, does: 'updates', path: UPDATE[0], sent: UPDATE[1] },
      { who, claims, does: 'creates', path: CREATE[0], sent: CREATE[1] },
      { who, claims, does: 'records a birth', path: '/Patient/$process-birth-details', sent: CREATE[1] },
      { who, claims, does: 'reads coverage', path: COVERAGE },
      { who, claims, does: 'searches for many', path: `${SEARCH}&_max-results=50` },
    ];
  }),
  { who: 'a worker', claims: WORKER, does: 'reads coverage', path: COVERAGE },
  {
    who: 'a worker',
    claims: WORKER,
    does: 'updates coverage',
    path: '/Coverage',
    sent: { method: 'POST', body: {}, headers: JSON_TYPE },
  },
  { who: 'a patient', claims: PATIENT, does: 'creates', path: CREATE[0], sent: CREATE[1] },
  {
    who: 'a patient',
    claims: PATIENT,
    does: 'records a birth',
    path: '/Patient/$process-birth-details',
    sent: CREATE[1],
  },
  { who: 'a patient', claims: PATIENT, does: 'searches', path: SEARCH },
  ...[SCOPE.p5, SCOPE.p0].flatMap((scope): Attempt[] => [
    {
      who: `a patient of ${scope === SCOPE.p5 ? 'P5' : 'P0'}`,
      claims: { ...PATIENT, scope },
      does: 'reads',
      path: PATH,
    },
    {
      who: `a patient of ${scope === SCOPE.p5 ? 'P5' : 'P0'}`,
      claims: { ...PATIENT, scope },
      does: 'updates',
      path: UPDATE[0],
      sent: UPDATE[1],
    },
  ]),
  { who: 'a patient without a level of trust', claims: { ...PATIENT, vot: undefined }, does: 'reads', path: PATH },
  { who: 'a patient of too low a trust', claims: { ...PATIENT, vot: 'P5.Cp' }, does: 'reads', path: PATH },
  { who: 'a patient without a number', claims: { ...PATIENT, nhs_number: undefined }, does: 'reads', path: PATH },
  { who: 'an app of another API', claims: STRANGER, does: 'reads', path: PATH },
  { who: 'an app of another API', claims: STRANGER, does: 'updates', path: UPDATE[0], sent: UPDATE[1] },
  { who: 'an app without a scope', claims: { scope: '', rate: 1_000 }, does: 'reads', path: PATH },
  {
    who: 'an app whose scope only begins like ours',
    claims: { scope: `${SCOPE.worker}-x`, rate: 1_000 },
    does: 'reads',
    path: PATH,
  },
];

const OBJECTS: readonly Attempt[] = [
  { who: 'a patient', claims: PATIENT, does: "reads another's record", path: `/Patient/${OTHER}` },
  { who: 'a patient', claims: PATIENT, does: "updates another's record", path: `/Patient/${OTHER}`, sent: patching() },
  {
    who: 'a patient',
    claims: PATIENT,
    does: "reads another's related persons",
    path: `/Patient/${OTHER}/RelatedPerson`,
  },
  {
    who: 'a patient',
    claims: PATIENT,
    does: "reads another's coverage",
    path: `/Coverage?subscriber:identifier=${OTHER}`,
  },
  {
    who: 'a patient',
    claims: PATIENT,
    does: 'reads two coverages',
    path: `${COVERAGE}&subscriber:identifier=${OTHER}`,
  },
  {
    who: 'a patient',
    claims: PATIENT,
    does: 'reads the own number with something behind it',
    path: `/Patient/${OWN}%2F..%2F${OTHER}`,
  },
  { who: 'a patient', claims: PATIENT, does: 'walks up to another', path: `/Patient/${OWN}/../${OTHER}` },
  {
    who: 'a patient',
    claims: { ...PATIENT, nhs_number: [OWN, OTHER] },
    does: 'brings two numbers',
    path: `/Patient/${OTHER}`,
  },
  { who: 'a patient', claims: { ...PATIENT, nhs_number: '*' }, does: 'brings a wildcard', path: PATH },
];

const accessCase =
  (control: string) =>
  ({ who, claims, does, path, sent = {} }: Attempt): NegativeCase => ({
    control,
    name: `${who} ${does}`,
    run: async () => {
      const edge = await enforcedEdge();
      const token = await (await key()).sign({ ...claims });
      const headers = { Authorization: `Bearer ${token}`, ...sent.headers };
      await refusedAtTheDoor(edge, await edge.send(path, { ...sent, headers }), [400, 401, 403, 404, 405]);
    },
  });

/** A worker who says to act in a role that is none of his, or in none of several. */
const ROLES: readonly (readonly [name: string, claims: object, role: string | null])[] = [
  ["another's role", WORKER, '555254240100'],
  ['no role of several', { ...WORKER, roles: ['1', '2'] }, null],
  ['an empty role of several', { ...WORKER, roles: ['1', '2'] }, ''],
  ['two roles at once', { ...WORKER, roles: ['1', '2'] }, '1, 2'],
];

const roleCases = ROLES.map(([name, claims, role]): NegativeCase => ({
  control: 'SEC-12',
  name: `a worker acts in ${name}`,
  run: async () => {
    const edge = await enforcedEdge();
    const token = await (await key()).sign({ ...claims });
    const response = await edge.send(PATH, {
      headers: { Authorization: `Bearer ${token}`, 'NHSD-Session-URID': role },
    });
    await refusedAtTheDoor(edge, response, [400, 401, 403]);
  },
}));

const changing = (path: string, op = 'replace', value: unknown = 'x') => ({ op, path, value });

/** Through the edge to the real decisions on a real record: what is refused leaves it as it was. */
const PATCHES: readonly (readonly [name: string, patches: unknown])[] = [
  ['the id', [changing('/id', 'replace', OTHER)]],
  ['the version', [changing('/meta/versionId', 'replace', '99')]],
  ['the security label', [changing('/meta/security', 'replace', [])]],
  ['the type of resource', [changing('/resourceType', 'replace', 'Person')]],
  ['a field that there is not', [changing('/favouriteColour', 'add')]],
  ['the prototype', [changing('/__proto__', 'add', { admin: true })]],
  ['the constructor', [changing('/constructor/prototype/admin', 'add', true)]],
  ['a field below a text', [changing('/gender/__proto__', 'add')]],
  ['the whole record', [changing('', 'replace', { resourceType: 'Patient', id: OTHER })]],
  ['a copy of the id', [{ op: 'copy', from: '/id', path: '/gender' }]],
  ['the id, moved away', [{ op: 'move', from: '/id', path: '/gender' }]],
  ['the identifier', [changing('/identifier/0/value', 'replace', OTHER)]],
  ['something that is no list', { op: 'replace' }],
  ['one good thing and the id', [changing('/gender', 'replace', 'female'), changing('/id', 'replace', OTHER)]],
  ['an item id', [changing('/name/0/id', 'replace', 'other')]],
  ['a value of the wrong type', [changing('/gender', 'replace', { $ne: null })]],
];

const propertyCases = PATCHES.map(([name, patches]): NegativeCase => ({
  control: 'SEC-13',
  name: `a PATCH changes ${name}`,
  run: async () => {
    const stored = { resource: patchable() as never, annex: {} };
    const before = JSON.stringify(stored);
    let accepted = false;
    const edge = new Edge();
    edge.spine.answer = ({ key: number, wish }) => {
      const context = {
        key: number,
        now: 0,
        version: 7,
        nextVersion: 8,
        agent: { client: 'a', mode: 'user-restricted', rights: [] },
        newId: () => '0',
        neighbour: () => null,
      };
      const command = wish as DemographicsCommand;
      const decision = demographics.guard?.(stored, command, context) ?? demographics.decide(stored, command, context);
      accepted = decision.kind === 'accepted';
      return decision.kind === 'refused'
        ? decision
        : { kind: 'replied', effect: decision.kind, version: 8, ...decision.reply };
    };
    const response = await edge.send(PATH, patching({ body: { patches } }));
    expect([accepted, response.status >= 400 && response.status < 500]).toEqual([false, true]);
    expect(JSON.stringify(stored)).toBe(before);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  },
}));

const bodies = (outcome: unknown): string => JSON.stringify(outcome);

/** Two clients on one shard, over the real engine. */
const TENANTS: readonly (readonly [name: string, run: (spine: RecordSpine) => Promise<void>])[] = [
  [
    "another client's request id brings nothing of the first reply",
    async (spine) => {
      const ask = (client: string, patches: unknown) =>
        spine.patients.submit('demographics', OWN, { name: 'patch-patient', patches } as never, {
          agent: { client, mode: 'user-restricted', rights: [] },
          requestId: 'shared',
          fingerprint: client,
          waitMs: 1_000,
        });
      const first = await ask('a', [{ op: 'replace', path: '/gender', value: 'male' }]);
      const second = await ask('b', [{ op: 'replace', path: '/gender', value: 'other-word' }]);
      expect(first.kind).toBe('replied');
      expect(second.kind).toBe('refused');
      expect(bodies(second)).not.toContain('"replayed":true');
    },
  ],
  [
    'the same request id with another wish does nothing',
    async (spine) => {
      const ask = (value: string) =>
        spine.patients.submit(
          'demographics',
          OWN,
          { name: 'patch-patient', patches: [{ op: 'replace', path: '/gender', value }] } as never,
          {
            agent: { client: 'a', mode: 'user-restricted', rights: [] },
            requestId: 'twice',
            fingerprint: value,
            waitMs: 1_000,
          },
        );
      await ask('male');
      expect(await ask('female')).toMatchObject({ kind: 'refused', code: 'request-id-reused' });
    },
  ],
  [
    'a shard decides nothing about a key that is not its own',
    async (spine) => {
      const engine = spine.engine(OWN);
      const strange = strangerTo(engine.shard.owns);
      const agent = { client: 'a', mode: 'open', rights: [] };
      const command = {
        v: 1,
        kind: 'demographics',
        key: strange,
        agent,
        requestId: 'r',
        fingerprint: 'f',
        command: { name: 'patch-patient', patches: [] },
      };
      expect(await engine.submit(command as never)).toMatchObject({ kind: 'refused', code: 'not-ours' });
      const query = {
        v: 1,
        kind: 'demographics',
        key: strange,
        agent,
        requestId: 'r',
        query: { name: 'get-patient' },
        purpose: 'access',
      } as const;
      expect(await engine.read(query)).toMatchObject({ kind: 'refused', code: 'not-ours' });
      await expect(
        engine.import({
          v: 1,
          chunkId: 'c',
          agent,
          records: [{ kind: 'demographics', key: strange, version: 1, body: '{}', annex: '' }],
        }),
      ).rejects.toThrow('another shard');
      expect(engine.shard.statements.record('demographics', strange)).toBeNull();
    },
  ],
  [
    'a kind that a shard does not host is neither read nor written',
    async (spine) => {
      const engine = spine.engine(OWN);
      const agent = { client: 'a', mode: 'open', rights: [] };
      const query = {
        v: 1,
        kind: 'session',
        key: OWN,
        agent,
        requestId: 'r',
        query: { name: 'look' },
        purpose: 'sweep',
      } as const;
      await expect(engine.read(query)).rejects.toThrow('not hosted');
      const command = {
        v: 1,
        kind: 'worker',
        key: OWN,
        agent,
        requestId: 'r',
        fingerprint: 'f',
        command: { name: 'load-worker' },
      };
      await expect(engine.submit(command)).rejects.toThrow('not hosted');
    },
  ],
  [
    'a patient bound to one number is shown no other by the shard either',
    async (spine) => {
      const agent = { client: 'a', mode: 'patient-access', subject: OTHER, rights: [] };
      const seen = await spine.patients.read(
        'demographics',
        OWN,
        { name: 'get-patient' },
        { agent, requestId: 'r', purpose: 'access' },
      );
      expect(seen.kind).not.toBe('replied');
    },
  ],
];

const tenantCases = TENANTS.map(([name, run]): NegativeCase => ({
  control: 'SEC-14',
  name,
  run: async () => {
    const spine = new RecordSpine(() => Date.UTC(2026, 2, 13));
    await spine.person(OWN, { gender: 'female' });
    await run(spine);
  },
}));

function strangerTo(owns: (key: string) => boolean): string {
  for (let nine = 900_000_100; ; nine++) {
    const number = `${nine}${nhsNumberCheckDigit(String(nine)) ?? ''}`;
    if (number.length === 10 && !owns(number)) return number;
  }
}

export const ACCESS_CASES = [
  ...FUNCTIONS.map(accessCase('SEC-10')),
  ...OBJECTS.map(accessCase('SEC-11')),
  ...roleCases,
  ...propertyCases,
  ...tenantCases,
];
