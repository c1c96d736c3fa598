import { describe, expect, test } from 'vitest';
import { textOf } from '../../support/record-spine.ts';
import { NHS, PATIENT } from '../../domain/scr/summaries.ts';
import type { Any } from '../../domain/scr/summaries.ts';
import { alert, house, permit } from './requests.ts';

describe('alerts', () => {
  test('SCR-L01 an alert is kept with its source, newest last, and counted', async () => {
    const at = house();
    for (let i = 0; i < 55; i++) {
      const answer = await at.send('POST', '/AuditEvent', {
        body: { ...alert(), id: `a${i}` },
        headers: { 'NHSD-ASID': '200000001162' },
      });
      expect([answer.status, answer.text]).toEqual([201, '']);
    }
    const outcome = await at.spine.patients.read(
      'access-alerts',
      PATIENT,
      { name: 'list-alerts' },
      { agent: { client: 'officer', mode: 'x', rights: [] }, requestId: '1', purpose: 'access' },
    );
    if (outcome.kind !== 'replied') throw new Error(outcome.kind);
    const recent = JSON.parse(outcome.body) as Any[];
    expect([recent.length, recent.at(-1).event.id, outcome.attributes?.['total']]).toEqual([50, 'a54', '55']);
    expect(recent[0].organization).toBe('T10101');
    expect(recent[0].event.source.observer.identifier).toEqual({
      system: 'https://fhir.nhs.uk/Id/nhsSpineASID',
      value: '200000001162',
    });
    expect(
      at.spine
        .engine(PATIENT)
        .changes(0, 100)
        .filter(({ kind }) => kind === 'access-alerts'),
    ).toHaveLength(55);
  });

  const who = 'who.identifier.system';
  test.each<[string, (event: Any) => void]>([
    ["'id' element is missing'", (event) => delete event.id],
    [
      "Expecting exactly one 'extension' element with URL: 'https://fhir.nhs.uk/StructureDefinition/Extension-SCR-NotificationMessage'",
      (event) => delete event.extension,
    ],
    [
      "'valueString' for 'extension' 'https://fhir.nhs.uk/StructureDefinition/Extension-SCR-NotificationMessage' is missing",
      (event) => delete event.extension[0].valueString,
    ],
    [
      "'Type' element for 'https://fhir.nhs.uk/CodeSystem/SCR-AlertType' system missing",
      (event) => delete event.type.system,
    ],
    ["Invalid or missing value in field 'type.code'. Supported values are: 1, 2", (event) => (event.type.code = '3')],
    ["Missing value 'type.display'", (event) => delete event.type.display],
    ["Expecting exactly one 'subtype' element", (event) => delete event.subtype],
    [
      "Invalid or missing value in field 'subtype.system'. Supported value is: https://fhir.nhs.uk/CodeSystem/SCR-AlertReason",
      (event) => delete event.subtype[0].system,
    ],
    [
      "Invalid or missing value in field 'subtype.code'. Supported values are: 1, 2, 3, 4, 5, 6",
      (event) => (event.subtype[0].code = '7'),
    ],
    ["Missing value 'subtype.display'", (event) => delete event.subtype[0].display],
    ["Invalid combination of alert type '1' and alert subtype '5'.", (event) => (event.subtype[0].code = '5')],
    ["'recorded' element missing", (event) => delete event.recorded],
    ["Expecting exactly one 'entity' element", (event) => event.entity.push(event.entity[0])],
    [
      "Invalid or missing value in field 'entity.what.identifier.value'",
      (event) => delete event.entity[0].what.identifier.value,
    ],
    [`Missing 'agent' entry with '${who}' '${NHS}' and non-empty 'value'`, (event) => event.agent.shift()],
    [
      `Expecting exactly one 'agent' entry with '${who}' '${NHS}' and non-empty 'value'`,
      (event) => event.agent.push(event.agent[0]),
    ],
    [
      `Missing or unsupported 'requestor' value for 'agent' with '${who}' '${NHS}'`,
      (event) => (event.agent[0].requestor = true),
    ],
    [
      `Missing 'agent' entry with '${who}' 'https://fhir.nhs.uk/Id/sds-user-id' and non-empty 'value'`,
      (event) => event.agent.pop(),
    ],
    [
      "Expecting at least one 'role' for 'agent' entry with system https://fhir.nhs.uk/Id/sds-user-id",
      (event) => delete event.agent[2].role,
    ],
    [
      "Invalid value - 9000000008 in field 'NHS_NUMBER'",
      (event) => (event.agent[0].who.identifier.value = '9000000008'),
    ],
  ])('SCR-L02 %s', async (text, spoil) => {
    const event = alert();
    spoil(event);
    const answer = await house().send('POST', '/AuditEvent', { body: event });
    expect([answer.status, textOf(answer)]).toEqual([400, text]);
  });

  test('SCR-L03 an alert about a patient who refuses is taken all the same', async () => {
    const at = house();
    await at.send('POST', '/$setPermission', { body: permit('No') });
    expect((await at.send('POST', '/AuditEvent', { body: alert() })).status).toBe(201);
  });
});
