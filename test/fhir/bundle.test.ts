import { expect, test } from 'vitest';
import { instant, searchset } from '../../src/fhir/bundle.ts';
import { operationOutcome } from '../../src/fhir/operation-outcome.ts';

const now = Date.parse('2026-03-01T12:34:56.789Z');

test('PDS-G40 an instant has whole seconds and its offset', () =>
  expect(instant(now)).toBe('2026-03-01T12:34:56+00:00'));

test('PDS-G40 without entries there is no entry', () => {
  expect(JSON.parse(searchset({ now, entries: [] }))).toEqual({
    resourceType: 'Bundle',
    type: 'searchset',
    timestamp: '2026-03-01T12:34:56+00:00',
    total: 0,
  });
});

test('PDS-G40 resources are sent byte for byte, with their score where they have one', () => {
  const resource = '{ "resourceType":"Patient",  "id":"1" }';
  const text = searchset({
    now,
    entries: [
      { fullUrl: 'https://x/"1"', resource, score: 0.8343 },
      { fullUrl: 'https://x/2', resource },
    ],
  });
  expect(text.split(resource)).toHaveLength(3);
  const patient = { resourceType: 'Patient', id: '1' };
  expect(JSON.parse(text)).toMatchObject({
    total: 2,
    entry: [
      { fullUrl: 'https://x/"1"', search: { score: 0.8343 }, resource: patient },
      { fullUrl: 'https://x/2', resource: patient },
    ],
  });
  expect((JSON.parse(text) as { entry: object[] }).entry[1]).not.toHaveProperty('search');
});

test('PDS-G40 the version is told where there is one', () => {
  expect(JSON.parse(searchset({ now, entries: [], versionId: '7' }))).toMatchObject({
    meta: { versionId: '7' },
    total: 0,
  });
});

test('PDS-G41 an outcome has exactly one issue, and diagnostics only where there are some', () => {
  const issue = {
    code: 'MISSING_VALUE',
    display: 'Required value is missing',
    issueCode: 'required',
    severity: 'error',
  } as const;
  const body = (diagnostics?: string): unknown =>
    JSON.parse(operationOutcome(diagnostics === undefined ? issue : { ...issue, diagnostics }));
  const details = {
    coding: [
      {
        system: 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode',
        version: '1',
        code: 'MISSING_VALUE',
        display: 'Required value is missing',
      },
    ],
  };
  expect(body()).toEqual({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'required', details }],
  });
  expect(body("Missing value - 'name'")).toEqual({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'required', details, diagnostics: "Missing value - 'name'" }],
  });
});
