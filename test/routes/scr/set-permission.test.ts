import { describe, expect, test } from 'vitest';
import { textOf } from '../../support/record-spine.ts';
import { summary } from '../../domain/scr/summaries.ts';
import type { Any } from '../../domain/scr/summaries.ts';
import { DISSENT, ID, bundleOf, house, idOf, json, permit, upload } from './requests.ts';

describe('permission', () => {
  test.each<[string, (part: Any[], parameter: Any[]) => void]>([
    ["Parameter named 'setPermissions' name not found", (_part, parameter) => (parameter[0].name = 'x')],
    ["Exactly 1 parameter named 'setPermissions' expected", (_part, parameter) => parameter.push(parameter[0])],
    ["Missing value for Parameter.Part 'nhsNumber'", (part) => part.shift()],
    ["Exactly 1 Parameter.Part named 'nhsNumber' with not empty value expected", (part) => part.push(part[0])],
    [
      "Parameter.Part named 'permissionCode' with valueCoding.system https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission not found",
      (part) => part.pop(),
    ],
    [
      "Exactly 1 Parameter.Part named 'permissionCode' with valueCoding.system https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission expected",
      (part) => part.push(part[1]),
    ],
    ["Invalid value - Maybe in field 'valueCoding.code'", (part) => (part[1].valueCoding.code = 'Maybe')],
    [
      'Spine processing finished with errors:\n- 400: Invalid Request\n- 35160: [PSIS-35160] - Invalid input message. Mandatory field NHS Number is missing or incorrect',
      (part) => (part[0].valueString = '123'),
    ],
  ])('SCR-S01 %s', async (text, spoil) => {
    const body = permit('Yes');
    spoil(body.parameter[0].part, body.parameter);
    const answer = await house().send('POST', '/$setPermission', { body });
    expect([answer.status, textOf(answer)]).toEqual([400, text]);
  });

  test('SCR-S02 the job role of the role profile must be known', async () => {
    const answer = await house().send('POST', '/$setPermission', {
      body: permit('Yes'),
      headers: { 'NHSD-Session-URID': '999999999999' },
    });
    expect([answer.status, textOf(answer)]).toEqual([
      400,
      'Unable to determine Job Role Code for the given RoleID via the SDS Service: 999999999999',
    ]);
  });

  test('SCR-S03 No stops view, read and upload alike, an older summary or none', async () => {
    const at = house();
    await upload(at);
    expect((await at.send('POST', '/$setPermission', { body: permit('no') })).status).toBe(201);
    for (const [method, path, body] of [
      ['GET', idOf()],
      ['GET', bundleOf()],
      ['POST', '/Bundle', summary(ID.replace(/1$/, '2')).bundle],
    ] as const) {
      const answer = await at.send(method, path, body === undefined ? {} : { body });
      expect([answer.status, textOf(answer)]).toEqual([403, DISSENT]);
    }
    const nobody = house();
    await nobody.send('POST', '/$setPermission', { body: permit('No') });
    expect((await nobody.send('GET', idOf())).status).toBe(403);
  });

  test.each(['Yes', 'Ask', 'ASK'])('SCR-S04 %s lets everyone see and is told as label', async (code) => {
    const at = house();
    await upload(at);
    await at.send('POST', '/%24setPermission', { body: permit('No') });
    await at.send('POST', '/$setPermission', { body: permit(code) });
    const label = json(await at.send('GET', idOf())).entry[0].resource.securityLabel[0].coding[0].code;
    expect(label.toLowerCase()).toBe(code.toLowerCase());
    expect(json(await at.send('GET', bundleOf())).total).toBe(5);
  });
});
