import { describe, expect, test } from 'vitest';
import type { House } from '../../support/record-spine.ts';
import {
  CHILD,
  FGM,
  NRAF,
  SYSTEM,
  adjustment,
  codeOf,
  flag,
  house,
  impairment,
  json,
  resources,
  transaction,
} from './requests.ts';
import type { Any } from './requests.ts';

describe('reading', () => {
  test('FLG-G01 no flags are an empty searchset; nobody with that number is not found', async () => {
    const at = await house();
    expect(json(await at.send('GET', `/Flag?patient=${CHILD}`))).toMatchObject({
      resourceType: 'Bundle',
      type: 'searchset',
      total: 0,
    });
    const nobody = await at.send('GET', '/Flag?patient=9000000017');
    expect([nobody.status, codeOf(nobody)]).toEqual([404, 'RESOURCE_NOT_FOUND']);
  });

  test('FLG-G02 all flags without their support; one flag with it, referred to by flag-detail', async () => {
    const at = await house();
    await at.send('POST', '/', { body: transaction(flag(), adjustment(), impairment()) });
    await at.send('POST', '/Flag', { body: flag(FGM) });
    const all = await at.send('GET', `/Flag?patient=https://fhir.nhs.uk/Id/nhs-number|${CHILD}`);
    expect(resources(all).map(({ code }) => code.coding[0].code)).toEqual([NRAF, FGM]);
    for (const name of [NRAF, 'NRAF', `${SYSTEM}|${NRAF}`]) {
      const [top, one, two] = resources(
        await at.send('GET', `/Flag?patient=${CHILD}&code=${encodeURIComponent(name)}`),
      );
      expect(top.extension.map(({ valueReference }: Any) => valueReference.reference)).toEqual([
        `Flag/${one.id}`,
        `Condition/${two.id}`,
      ]);
    }
    expect(json(all).entry[0].fullUrl).toBe(`https://edge.test/patient-flags-api/FHIR/R4/Flag/${resources(all)[0].id}`);
  });

  test.each([
    ['/Flag', 'MISSING_VALUE'],
    ['/Flag?patient=1', 'INVALID_VALUE'],
    [`/Flag?patient=${CHILD}&code=x`, 'INVALID_VALUE'],
  ])('FLG-G03 %s is refused', async (path, code) => {
    const answer = await (await house()).send('GET', path);
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  });
});

describe('child protection', () => {
  const agent = { client: 'authority', mode: 'intake', rights: [] };
  const record = (at: House, plan: unknown) =>
    at.spine.patients.submit('patient-flags', CHILD, { name: 'record-plan', plan } as never, {
      agent,
      requestId: crypto.randomUUID(),
      fingerprint: '',
      waitMs: 1000,
    });
  const PLAN = { type: 'Looked after child', start: '2025-01-01', authority: 'Leeds City Council', phone: '0113 2' };

  test('FLG-P01 everyone sees that there is a plan; who looks into it sees the last 25 who did, and is noted', async () => {
    const at = await house();
    expect(json(await at.send('GET', `/Flag?patient=${CHILD}&code=CPIS`)).total).toBe(0);
    await record(at, PLAN);
    expect((await at.send('GET', `/Flag?patient=${CHILD}`)).text).not.toContain('Leeds');
    const look = async (n: number) =>
      resources(
        await at.send('GET', `/Flag?patient=${CHILD}&code=CPIS`, {
          headers: { 'NHSD-End-User-Organisation-ODS': `ORG${n}` },
        }),
      );
    const [first, team] = await look(0);
    expect([first.code.text, first.period.start, first.extension, team.name, team.telecom[0].value]).toEqual([
      PLAN.type,
      PLAN.start,
      [],
      PLAN.authority,
      PLAN.phone,
    ]);
    for (let n = 1; n < 30; n++) await look(n);
    const [last] = await look(30);
    expect(last.extension).toHaveLength(25);
    expect(last.extension[0].extension[1].valueString).toBe('ORG29');
  });

  test('FLG-P02 a plan that ended is gone', async () => {
    const at = await house();
    await record(at, PLAN);
    await record(at, null);
    expect(json(await at.send('GET', `/Flag?patient=${CHILD}`)).total).toBe(0);
  });
});
