/** The access decision as a table: what each of its inputs changes, everything else being equal. */
import { describe, expect, test } from 'vitest';
import { ACTIONS, decideAccess } from '../../../src/domain/access-control/access-decision.ts';
import type {
  AccessVerdict,
  Action,
  Caller,
  PatientFacts,
  Wish,
} from '../../../src/domain/access-control/access-decision.ts';

const NOW = 1_000_000;
const CLINICIAN: Caller = {
  kind: 'worker',
  level: 'aal3',
  user: 'u1',
  activities: ['B0820', 'B0825', 'B0401', 'B0420', 'B0570'],
  organization: 'A1',
  workgroups: ['w1'],
};
const PATIENT: Caller = { kind: 'patient', level: 'p9', user: 'n1', activities: [], workgroups: [], subject: 'n1' };
const PROXY: Caller = { kind: 'proxy', level: 'p9', user: 'n2', activities: [], workgroups: [], subject: 'n1' };
const APP: Caller = { kind: 'application', level: 'level3', activities: [], workgroups: [] };
const FACTS: PatientFacts = {
  nhsNumber: 'n1',
  security: 'U',
  permission: 'yes',
  relationships: [{ party: 'A1', from: 0 }],
  seals: [],
  proxies: ['n2'],
};
const OPEN_SEAL = { author: 'w9', locked: false };
const LOCKED_SEAL = { author: 'w9', locked: true };
const CLINICAL: readonly Action[] = ['view-summary', 'prescribe', 'dispense', 'collect-nominated'];
/** Those that ask for relationship and permission. */
const RELATED: readonly Action[] = ['view-summary'];
const ALL = Object.keys(ACTIONS) as Action[];

/** One word for a verdict. */
function told(verdict: AccessVerdict): string {
  if (verdict.kind === 'refuse') return verdict.code;
  const alerts = verdict.kind === 'allow-with-alert' ? ` !${verdict.alerts.join('+')}` : '';
  return `allow${alerts}${verdict.redact.length > 0 ? ` -${verdict.redact.join('-')}` : ''}`;
}

const decide = (
  action: Action,
  change: { caller?: Partial<Caller>; facts?: Partial<PatientFacts>; wish?: Partial<Wish> } = {},
  caller = CLINICIAN,
): string =>
  told(
    decideAccess({ ...caller, ...change.caller }, { ...FACTS, ...change.facts }, { action, now: NOW, ...change.wish }),
  );

const product = <A, B>(as: readonly A[], bs: readonly B[]): (readonly [A, B])[] =>
  as.flatMap((a) => bs.map((b) => [a, b] as const));
const isRelated = (action: Action): boolean => RELATED.includes(action);
const isClinical = (action: Action): boolean => CLINICAL.includes(action);

describe('workers', () => {
  test.each(ALL)('ID-C01 %s is allowed to who has it all', (action) => {
    expect(decide(action)).toBe('allow');
  });

  test.each(product(ALL, ['aal1', 'aal2', 'aal3', 'p9', 'level3', '']))('ID-C02 %s at level %j', (action, level) => {
    const enough = level === 'aal3' || (level === 'aal2' && !isClinical(action));
    expect(decide(action, { caller: { level } })).toBe(enough ? 'allow' : 'level-too-low');
  });

  test.each(
    product(
      ALL,
      Object.values(ACTIONS).map(({ activity }) => activity),
    ),
  )('ID-C03 %s with the one activity %s', (action, activity) => {
    expect(decide(action, { caller: { activities: [activity] } })).toBe(
      ACTIONS[action].activity === activity ? 'allow' : 'activity-missing',
    );
  });

  test.each(
    product(ALL, [
      ['the user', [{ party: 'u1', from: 0 }], true],
      ['the organisation', [{ party: 'A1', from: 0 }], true],
      ['the workgroup', [{ party: 'w1', from: 0 }], true],
      ['nobody', [], false],
      ['another organisation', [{ party: 'A2', from: 0 }], false],
      ['what has ended', [{ party: 'A1', from: 0, to: NOW }], false],
      ['what ends next', [{ party: 'A1', from: 0, to: NOW + 1 }], true],
      ['what is to come', [{ party: 'A1', from: NOW + 1 }], false],
    ] as const),
  )('ID-C04 %s by a relationship of %s', (action, [, relationships, related]) => {
    expect(decide(action, { facts: { relationships } })).toBe(
      related || !isRelated(action) ? 'allow' : 'no-relationship',
    );
  });

  test.each(RELATED)('ID-C05 %s on a self-claimed relationship raises an alert', (action) => {
    expect(decide(action, { facts: { relationships: [] }, wish: { selfClaim: true } })).toBe('allow !self-claimed');
  });

  test.each(
    product(RELATED, [
      ['yes', false, 'allow'],
      ['ask', false, 'no-consent'],
      ['ask', true, 'allow'],
      ['no', false, 'no-consent'],
      ['no', true, 'no-consent'],
    ] as const),
  )('ID-C06 %s with a permission of %s', (action, [permission, permissionAsked, verdict]) => {
    expect(decide(action, { facts: { permission }, wish: { permissionAsked } })).toBe(verdict);
  });

  test.each(product(RELATED, ['public-interest', 'statute', 'court-order', 'emergency'] as const))(
    'ID-C07 %s against dissent for %s raises an alert',
    (action, reason) => {
      expect(decide(action, { facts: { permission: 'no' }, wish: { reason } })).toBe(`allow !${reason}`);
      expect(decide(action, { wish: { reason } })).toBe('allow');
    },
  );

  test.each(RELATED)('ID-C08 %s beside seals', (action) => {
    expect(decide(action, { facts: { seals: [OPEN_SEAL] } })).toBe('allow -sealed-marked');
    expect(decide(action, { facts: { seals: [LOCKED_SEAL] } })).toBe('allow -sealed-hidden');
    expect(decide(action, { facts: { seals: [OPEN_SEAL, LOCKED_SEAL] } })).toBe('allow -sealed-marked-sealed-hidden');
    expect(decide(action, { caller: { workgroups: ['w9'] }, facts: { seals: [OPEN_SEAL, LOCKED_SEAL] } })).toBe(
      'allow',
    );
    expect(decide(action, { facts: { seals: [OPEN_SEAL] }, wish: { reason: 'emergency' } })).toBe('allow !emergency');
    expect(decide(action, { facts: { seals: [LOCKED_SEAL] }, wish: { reason: 'emergency' } })).toBe(
      'allow -sealed-hidden',
    );
  });

  test.each(ALL)('ID-C09 %s of a restricted or invalidated record', (action) => {
    expect(decide(action, { facts: { security: 'R' } })).toBe('allow -location');
    expect(decide(action, { facts: { security: 'V' } })).toBe('invalidated');
  });

  test('ID-C10 what is missing first is told first', () => {
    expect(
      decide('view-summary', {
        caller: { level: 'aal1', activities: [] },
        facts: { relationships: [], permission: 'no' },
      }),
    ).toBe('level-too-low');
    expect(decide('view-summary', { caller: { activities: [] }, facts: { relationships: [], permission: 'no' } })).toBe(
      'activity-missing',
    );
    expect(decide('view-summary', { facts: { relationships: [], permission: 'no' } })).toBe('no-relationship');
    expect(
      decide('view-summary', {
        facts: { relationships: [], permission: 'no' },
        wish: { selfClaim: true, reason: 'emergency' },
      }),
    ).toBe('allow !self-claimed+emergency');
  });
});

describe('patients, proxies and apps', () => {
  test.each(
    product(ALL, [
      ['p9', 'n1', 'allow'],
      ['p9', 'n3', 'not-own-record'],
      ['p5', 'n1', 'level-too-low'],
      ['p0', 'n1', 'level-too-low'],
      ['aal3', 'n1', 'level-too-low'],
    ] as const),
  )('ID-C11 a patient: %s as %s', (action, [level, subject, verdict]) => {
    expect(
      decide(
        action,
        { caller: { level, subject }, facts: { security: 'R', seals: [LOCKED_SEAL], permission: 'no' } },
        PATIENT,
      ),
    ).toBe(verdict);
  });

  test.each(ALL)("ID-C12 a proxy: %s if the patient's record names him", (action) => {
    expect(decide(action, {}, PROXY)).toBe('allow');
    expect(decide(action, { facts: { proxies: [] } }, PROXY)).toBe('not-own-record');
    expect(decide(action, { caller: { subject: 'n3' } }, PROXY)).toBe('not-own-record');
    expect(decide(action, { caller: { level: 'p5' } }, PROXY)).toBe('level-too-low');
    expect(decide(action, { facts: { security: 'R', seals: [OPEN_SEAL] } }, PROXY)).toBe(
      'allow -location-sealed-hidden',
    );
  });

  test.each(ALL)('ID-C13 an app: %s', (action) => {
    const unattended = action === 'view-demographics' || action === 'collect-nominated';
    expect(decide(action, {}, APP)).toBe(unattended ? 'allow' : 'apps-read-demographics-only');
    expect(decide(action, { facts: { security: 'V' } }, APP)).toBe('invalidated');
  });
});
