import { describe, expect, test } from 'vitest';
import { flagsChangeEvent } from '../../../src/domain/flags/change-event.ts';
import { TokenBuckets } from '../../../src/routes/rate-limit.ts';
import { enforced, signer } from '../support.ts';
import {
  CHILD,
  FGM,
  NRAF,
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

describe('access', () => {
  test('FLG-A01 X-Request-ID is needed, a token too; applications see that a flag is there and nothing more', async () => {
    const at = await house();
    expect(codeOf(await at.send('GET', `/Flag?patient=${CHILD}`, { headers: { 'X-Request-ID': null } }))).toBe(
      'MISSING_VALUE',
    );
    await at.send('POST', '/Flag', { body: flag() });
    const keys = await signer('ES256');
    at.settings = enforced(keys.keySet);
    expect((await at.send('GET', `/Flag?patient=${CHILD}`)).status).toBe(401);
    const Authorization = `Bearer ${await keys.sign({ scope: 'urn:nhsd:apim:app:level3:patient-flags-api', rate: 100 })}`;
    expect(json(await at.send('GET', `/Flag?patient=${CHILD}`, { headers: { Authorization } })).total).toBe(1);
    expect((await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`, { headers: { Authorization } })).status).toBe(403);
    expect((await at.send('POST', '/Flag', { body: flag(FGM), headers: { Authorization } })).status).toBe(403);
    const worker = `Bearer ${await keys.sign({ scope: 'urn:nhsd:apim:user-nhs-cis2:aal3:patient-flags-api', roles: ['555254240100'], rate: 100 })}`;
    expect(
      json(await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`, { headers: { Authorization: worker } })).total,
    ).toBe(1);
  });

  test('FLG-A02 every look is in the journal, refused ones too', async () => {
    const at = await house();
    await at.send('GET', `/Flag?patient=${CHILD}`);
    await at.send('GET', '/Flag?patient=9000000017');
    await at.send('DELETE', `/Flag?patient=${CHILD}&code=NRAF`, because);
    const seen = at.spine.accesses().map(({ action, outcome }) => `${action} ${outcome}`);
    expect(seen.toSorted()).toEqual([
      'list-flags RESOURCE_NOT_FOUND',
      'list-flags found',
      'remove-flag RESOURCE_NOT_FOUND',
    ]);
  });

  test('FLG-A03 the service takes a hundred requests a second and refuses the rest before any shard', async () => {
    const at = await house();
    at.limiter = new TokenBuckets();
    const statuses = await Promise.all(
      Array.from({ length: 300 }, async () => (await at.send('GET', `/Flag?patient=${CHILD}`)).status),
    );
    expect([
      statuses.filter((status) => status === 200).length,
      statuses.filter((status) => status === 429).length,
    ]).toEqual([100, 200]);
    expect(at.spine.accesses()).toHaveLength(100);
    expect((await at.send('GET', `//personal-demographics/FHIR/R4/Patient/${CHILD}`)).status).toBe(200);
  });

  test('FLG-A04 what is not served is said so; the platform pages are there', async () => {
    const at = await house();
    expect(codeOf(await at.send('PUT', `/Flag?patient=${CHILD}`))).toBe('UNSUPPORTED_SERVICE');
    expect(codeOf(await at.send('GET', '/Observation'))).toBe('UNSUPPORTED_SERVICE');
    expect((await at.send('GET', '/_ping')).status).toBe(200);
    expect((await at.send('GET', '/_status')).status).toBe(401);
  });
});

describe('across services', () => {
  const OLD = '9000000033';

  test('FLG-X01 a superseded number reads the survivor and takes nothing', async () => {
    const at = await house();
    await at.spine.person(OLD, { link: [{ type: 'replaced-by', other: { identifier: { value: CHILD } } }] });
    await at.send('POST', '/Flag', { body: flag() });
    expect(json(await at.send('GET', `/Flag?patient=${OLD}`)).total).toBe(1);
    const refused = await at.send('POST', '/Flag', { body: flag(FGM, OLD) });
    expect([refused.status, codeOf(refused)]).toEqual([400, 'INVALID_RESOURCE_ID']);
  });

  test('FLG-X02 what a retired number held comes to the survivor: missing flags, all support, the plan', async () => {
    const at = await house();
    await at.send('POST', '/', { body: transaction(flag(), adjustment()) });
    const retired = {
      flags: [
        { code: NRAF, flag: flag(), support: [{ ...impairment(), id: 'R1' }] },
        { code: FGM, flag: { ...flag(FGM), id: 'R2' }, support: [] },
      ],
      plan: { type: 't', start: '2025-01-01', authority: 'a', phone: 'p' },
      accesses: [],
      removals: [],
    };
    const agent = { client: 'merge', mode: 'operator', rights: [] };
    await at.spine.patients.submit('patient-flags', CHILD, { name: 'absorb-flags', retired } as never, {
      agent,
      requestId: '1',
      fingerprint: '',
      waitMs: 1000,
    });
    expect(json(await at.send('GET', `/Flag?patient=${CHILD}`)).total).toBe(3);
    expect(
      resources(await at.send('GET', `/Flag?patient=${CHILD}&code=NRAF`)).map(({ resourceType }) => resourceType),
    ).toEqual(['Flag', 'Flag', 'Condition']);
  });

  test('FLG-X03 a throwing decision and a poison record of flags hurt neither demographics nor summaries', async () => {
    const at = await house();
    const agent = { client: 'x', mode: 'x', rights: [] };
    const bad = at.spine.patients.submit(
      'patient-flags',
      CHILD,
      { name: 'no-such-command' },
      { agent, requestId: '1', fingerprint: '', waitMs: 1000 },
    );
    const pds = at.send('GET', `//personal-demographics/FHIR/R4/Patient/${CHILD}`);
    expect((await Promise.allSettled([bad]))[0].status).toBe('rejected');
    expect((await pds).status).toBe(200);
    await at.spine.patients.import('poison', agent, [
      { kind: 'patient-flags', key: CHILD, version: 9, body: '{', annex: '' },
    ]);
    expect((await at.send('GET', `/Flag?patient=${CHILD}`)).status).toBe(500);
    expect((await at.send('GET', `//personal-demographics/FHIR/R4/Patient/${CHILD}`)).status).toBe(200);
    const scr = await at.send(
      'GET',
      `//summary-care-record/FHIR/R4/DocumentReference?patient=https://fhir.nhs.uk/Id/nhs-number|${CHILD}`,
    );
    expect(scr.status).toBe(200);
  });
});

describe('events', () => {
  test('FLG-E01 the event of a change follows from record, version and type', () => {
    const change = {
      nhsNumber: CHILD,
      version: 3,
      code: NRAF,
      at: 0,
      base: 'https://edge.test/patient-flags-api/FHIR/R4',
    } as const;
    expect(flagsChangeEvent(change)).toEqual({
      specversion: '1.0',
      id: `patient-flags/${CHILD}/3/patientflags-change-1/NRAF`,
      source: 'uk.nhs.patient-flags-service',
      type: 'patientflags-change-1',
      time: '1970-01-01T00:00:00.000Z',
      subject: CHILD,
      dataref: `https://edge.test/patient-flags-api/FHIR/R4/Flag?patient=${CHILD}&code=NRAF`,
      filtering: { flagtype: 'NRAF' },
    });
  });
});
