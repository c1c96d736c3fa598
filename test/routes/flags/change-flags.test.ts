import { describe, expect, test } from 'vitest';
import {
  ADULT,
  CHILD,
  CPIS,
  FGM,
  NRAF,
  SYSTEM,
  adjustment,
  because,
  codeOf,
  flag,
  house,
  impairment,
  json,
  resources,
  transaction,
} from './requests.ts';
import type { Any } from './requests.ts';

describe('raising', () => {
  test('FLG-C01 a flag is created and told where', async () => {
    const at = await house();
    const answer = await at.send('POST', '/Flag', { body: flag() });
    expect([answer.status, answer.text]).toEqual([201, '']);
    const [stored] = resources(await at.send('GET', `/Flag?patient=${CHILD}`));
    expect(answer.headers.get('Location')).toBe(`https://edge.test/patient-flags-api/FHIR/R4/Flag/${stored.id}`);
  });

  test('FLG-C02 a second flag of one kind is refused, and so is a transaction with it as a whole', async () => {
    const at = await house();
    await at.send('POST', '/Flag', { body: flag() });
    for (const [path, body] of [
      ['/Flag', flag()],
      ['/', transaction(flag(), adjustment())],
    ] as const) {
      const answer = await at.send('POST', path, { body });
      expect([answer.status, codeOf(answer)]).toEqual([409, 'DUPLICATE_RESOURCE']);
    }
    expect(resources(await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`))).toHaveLength(1);
  });

  test('FLG-C03 female genital mutilation is flagged for girls under eighteen, up to the day before the birthday', async () => {
    const at = await house();
    expect((await at.send('POST', '/Flag', { body: flag(FGM) })).status).toBe(201);
    const birthday = await at.send('POST', '/Flag', { body: flag(FGM, ADULT) });
    expect([birthday.status, codeOf(birthday)]).toEqual([403, 'FORBIDDEN_UPDATE']);
    const dayBefore = await house(24 * 3_600_000);
    expect((await dayBefore.send('POST', '/Flag', { body: flag(FGM, ADULT) })).status).toBe(201);
  });

  test('FLG-C04 nobody who has died is flagged; what was flagged stays readable', async () => {
    const at = await house();
    await at.send('POST', '/Flag', { body: flag() });
    await at.spine.person(CHILD, { birthDate: '2015-03-14', deceasedDateTime: '2026-03-01', meta: { versionId: '2' } });
    const answer = await at.send('POST', '/Flag', { body: flag(FGM) });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'FORBIDDEN_UPDATE']);
    expect(resources(await at.send('GET', `/Flag?patient=${CHILD}`))).toHaveLength(1);
  });

  test('FLG-C05 support is added to a flag that is there, and only to the kind that takes it', async () => {
    const at = await house();
    expect((await at.send('POST', '/Condition', { body: impairment() })).status).toBe(404);
    await at.send('POST', '/Flag', { body: flag() });
    expect((await at.send('POST', '/Condition', { body: impairment() })).status).toBe(201);
    expect((await at.send('POST', '/Flag', { body: adjustment() })).status).toBe(201);
    const wrong = { ...impairment(), category: [{ coding: [{ system: SYSTEM, code: FGM }] }] };
    expect(codeOf(await at.send('POST', '/Condition', { body: wrong }))).toBe('FORBIDDEN_UPDATE');
    expect(resources(await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`))).toHaveLength(3);
  });

  test.each<[string, Any, string]>([
    ['without subject', { ...flag(), subject: undefined }, 'MISSING_VALUE'],
    ['with a bad number', flag(NRAF, '9000000008'), 'INVALID_VALUE'],
    ['inactive', { ...flag(), status: 'inactive' }, 'INVALID_VALUE'],
    ['with an unknown element', { ...flag(), colour: 'red' }, 'INVALID_VALUE'],
    ['of a kind nobody knows', { ...flag('x') }, 'MISSING_VALUE'],
    ['for child protection', flag(CPIS), 'FORBIDDEN_UPDATE'],
  ])('FLG-C06 a flag %s is refused', async (_name, body, code) => {
    expect(codeOf(await (await house()).send('POST', '/Flag', { body: JSON.stringify(body) }))).toBe(code);
  });

  test.each<[string, Any]>([
    ['no flag', transaction(impairment())],
    ['two flags', transaction(flag(), flag(FGM))],
    ['support of another patient', transaction(flag(), impairment(ADULT))],
    ['another resource', transaction(flag(), { resourceType: 'Patient' })],
    ['another type', { ...transaction(flag()), type: 'batch' }],
  ])('FLG-C07 a transaction with %s changes nothing', async (_name, body) => {
    const at = await house();
    expect((await at.send('POST', '/', { body })).status).toBe(400);
    expect(json(await at.send('GET', `/Flag?patient=${CHILD}`)).total).toBe(0);
  });

  test('FLG-C08 the same request again has one effect and one answer', async () => {
    const at = await house();
    const headers = { 'X-Request-ID': '11111111-2222-4333-8444-555555555555' };
    const answers = [
      await at.send('POST', '/Flag', { body: flag(), headers }),
      await at.send('POST', '/Flag', { body: flag(), headers }),
    ];
    expect(answers.map((answer) => [answer.status, answer.headers.get('Location')])).toEqual(
      [0, 1].map(() => [201, answers[0]?.headers.get('Location')]),
    );
  });
});

describe('removing', () => {
  test('FLG-D01 a flag goes with all that supports it, and never without a reason', async () => {
    const at = await house();
    await at.send('POST', '/', { body: transaction(flag(), adjustment(), impairment()) });
    expect(codeOf(await at.send('DELETE', `/Flag?patient=${CHILD}&code=NRAF`))).toBe('MISSING_VALUE');
    const answer = await at.send('DELETE', `/Flag?patient=${CHILD}&code=NRAF`, because);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(json(await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`)).total).toBe(0);
    expect((await at.send('DELETE', `/Flag?patient=${CHILD}&code=NRAF`, because)).status).toBe(404);
    const [stored] = at.spine
      .engine(CHILD)
      .changes(0, 99)
      .filter(({ kind }) => kind === 'patient-flags')
      .slice(-1);
    expect(JSON.parse(stored?.annex ?? '').removals).toMatchObject([
      { what: NRAF, reason: 'no longer needed', by: 'open' },
    ]);
  });

  test('FLG-D02 one supporting resource goes, the others stay', async () => {
    const at = await house();
    await at.send('POST', '/', { body: transaction(flag(), adjustment(), impairment()) });
    const [, one, two] = resources(await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`));
    expect((await at.send('DELETE', `/Flag/${two.id}?patient=${CHILD}`, because)).status).toBe(404);
    expect((await at.send('DELETE', `/Condition/${two.id}?patient=${CHILD}`, because)).status).toBe(204);
    expect((await at.send('DELETE', `/Flag/${one.id}?patient=${CHILD}`, because)).status).toBe(204);
    expect(resources(await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`))).toHaveLength(1);
  });
});
