/** Laws of the codecs and identifiers outside PDS: what is written reads back, and any text gives a value or a refusal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../src/actors/addresses.ts';
import { patientFlags } from '../../src/domain/flags/patient-flags.ts';
import { applicationKind } from '../../src/domain/identity/application.ts';
import { identityProviderKind } from '../../src/domain/identity/identity-provider.ts';
import { mockPatientKind } from '../../src/domain/identity/mock-patient.ts';
import { personClaimKind } from '../../src/domain/identity/person-claim.ts';
import { rbacKind } from '../../src/domain/identity/rbac.ts';
import { sessionKind } from '../../src/domain/identity/session.ts';
import { workerKind } from '../../src/domain/identity/worker.ts';
import { mailbox, workflow } from '../../src/domain/mesh/mailbox.ts';
import { message } from '../../src/domain/mesh/message.ts';
import { matchClaim } from '../../src/domain/pds/match-claim.ts';
import { numberRange } from '../../src/domain/pds/number-range.ts';
import { registration } from '../../src/domain/pds/registration.ts';
import { accessAlerts } from '../../src/domain/scr/access-alerts.ts';
import { rowLine, standIn, missingIn } from '../../src/engine/journal-segment.ts';
import { rowOf } from '../../src/engine/read-segment.ts';
import type { RecordKind } from '../../src/engine/record-kind.ts';
import { isDateTime, isPartialDate } from '../../src/fhir/dates.ts';
import { operationOutcome } from '../../src/fhir/operation-outcome.ts';
import { resourceFault } from '../../src/fhir/strict-resource.ts';
import { parseXhtml, serializeXhtml, textContent, unescapeXml } from '../../src/fhir/xhtml.ts';
import { fingerprint } from '../../src/routes/fingerprint.ts';
import { parseGuarded } from '../../src/routes/json-guard.ts';
import { targetOf } from '../../src/routes/pds/targets.ts';
import { isRequestId } from '../../src/routes/request-context.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const runs = { numRuns: 400, seed: SEED };

const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.toWellFormed());
const wild = fc.string({ unit: 'binary', maxLength: 60 });
const json = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.string({ maxLength: 12 }), json, { maxKeys: 8 });
describe('addresses', () => {
  test('SIM-12 every key has one shard below the number of shards, whatever the key', () => {
    fc.assert(
      fc.property(wild, fc.integer({ min: 1, max: 4_096 }), (key, shards) => {
        const shard = shardOf(key, shards);
        expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
        expect(shardOf(key, shards)).toBe(shard);
      }),
      runs,
    );
  });

  test('SIM-12 a request id is a UUID and nothing else', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect([isRequestId(id), isRequestId(`${id}0`), isRequestId(id.slice(1))]).toEqual([true, false, false]);
      }),
      runs,
    );
    fc.assert(
      fc.property(wild, (other) => {
        expect(isRequestId(other)).toBe(
          /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(other) && other.length === 36,
        );
      }),
      runs,
    );
  });

  test('SIM-12 any rest of a path is one target', () => {
    fc.assert(
      fc.property(wild, (suffix) => {
        expect(targetOf(suffix).name).toBeTypeOf('string');
      }),
      runs,
    );
  });
});

describe('JSON, FHIR and narratives', () => {
  test('SIM-12 what passes the guard is what JSON says, and bounds do not change it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          json.map((value) => JSON.stringify(value)),
          wild,
        ),
        (given) => {
          const guarded = parseGuarded(given);
          if (guarded !== undefined) expect(guarded).toEqual(JSON.parse(given));
        },
      ),
      runs,
    );
    const safe = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => name !== 'constructor' && name !== 'prototype'),
      fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    );
    fc.assert(
      fc.property(safe, (value) => {
        expect(parseGuarded(JSON.stringify(value))).toEqual({ ...value });
      }),
      runs,
    );
  });

  test('SIM-12 a doubled or dangerous name never passes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,8}$/), json, json, (name, a, b) => {
        expect(parseGuarded(`{"${name}":${JSON.stringify(a)},"${name}":${JSON.stringify(b)}}`)).toBeUndefined();
        for (const danger of ['__proto__', 'constructor', 'prototype'])
          expect(parseGuarded(`{"${name}":{"${danger}":${JSON.stringify(a)}}}`)).toBeUndefined();
      }),
      runs,
    );
  });

  test('SIM-12 any value is a sound resource or has a fault', () => {
    fc.assert(
      fc.property(json, fc.constantFrom('Flag', 'Condition', 'Bundle', 'Patient'), (value, type) => {
        expect(['string', 'object']).toContain(typeof resourceFault(value, type));
      }),
      runs,
    );
    fc.assert(
      fc.property(text, text, (diagnostics, display) => {
        const outcome = JSON.parse(
          operationOutcome({ code: 'C', display, issueCode: 'value', severity: 'error', diagnostics } as never),
        ) as { issue: unknown[] };
        expect(outcome.issue).toHaveLength(1);
      }),
      runs,
    );
  });

  test('SIM-12 a date-time begins with a date', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }),
        (date) => {
          expect([isDateTime(date.toISOString()), isPartialDate(date.toISOString().slice(0, 10))]).toEqual([
            true,
            true,
          ]);
        },
      ),
      runs,
    );
    fc.assert(
      fc.property(wild, (other) => {
        expect(isDateTime(other) && !isPartialDate(other.split('T')[0] ?? '')).toBe(false);
      }),
      runs,
    );
  });

  test('SIM-12 a narrative that is read is written as what is read again; text in it stays text', () => {
    const markup = fc
      .array(
        fc.constantFrom(
          '<div>',
          '</div>',
          '<p class="a">',
          '</p>',
          '<br/>',
          'text',
          '&amp;',
          '&',
          '<',
          "<a href='x\"y'>",
          '</a>',
          '<script>',
          '<!-- x -->',
        ),
        { maxLength: 12 },
      )
      .map((parts) => `<div>${parts.join('')}</div>`);
    fc.assert(
      fc.property(fc.oneof(markup, wild), (given) => {
        const read = parseXhtml(given);
        if (typeof read === 'string') return;
        const written = serializeXhtml([read]);
        // What stood on both sides of a comment is one text when it is read again.
        expect(serializeXhtml([parseXhtml(written)])).toBe(written);
        expect(written.toLowerCase()).not.toContain('<script');
        expect(textContent(read)).toBeTypeOf('string');
      }),
      runs,
    );
    fc.assert(
      fc.property(wild, (raw) => {
        expect(unescapeXml(raw)).toBeTypeOf('string');
      }),
      runs,
    );
  });
});

describe('what is stored', () => {
  const kinds: readonly RecordKind<never>[] = [
    applicationKind,
    identityProviderKind,
    mockPatientKind,
    personClaimKind,
    rbacKind,
    sessionKind,
    workerKind,
    mailbox,
    workflow,
    matchClaim,
    numberRange,
    registration,
  ] as never;

  test.each(kinds.map((kind) => [kind.name, kind] as const))(
    'SIM-12 a %s reads back as it was, and is stored the same again',
    (_name, kind) => {
      fc.assert(
        fc.property(object, (given) => {
          const state = JSON.parse(JSON.stringify(given)) as never;
          const stored = kind.encode(state);
          expect(kind.decode(stored)).toEqual(state);
          expect(kind.encode(kind.decode(stored))).toEqual(stored);
        }),
        { numRuns: 100, seed: SEED },
      );
    },
  );

  test('SIM-12 kinds with an annex read back as they were', () => {
    const list = fc.array(object, { maxLength: 4 }).map((items) => JSON.parse(JSON.stringify(items)) as never);
    fc.assert(
      fc.property(list, fc.nat(), text, (items, total, payload) => {
        const alerts = { recent: items, total };
        expect(accessAlerts.decode(accessAlerts.encode(alerts))).toEqual(alerts);
        const flags = { flags: items, conditions: items } as never;
        expect(patientFlags.decode(patientFlags.encode(flags))).toEqual(flags);
        const kept = { message: { messageId: 'm', chunks: items } as never, payload };
        expect(message.decode(message.encode(kept))).toEqual(kept);
      }),
      runs,
    );
  });

  test('SIM-12 a journal row has one line, and the line has one row', () => {
    const row = fc.record({
      seq: fc.nat(),
      at: fc.nat(),
      kind: text,
      key: text,
      version: fc.nat(),
      entry: text,
      body: wild,
      annex: text,
      hash: fc.stringMatching(/^[0-9a-f]{64}$/),
    });
    fc.assert(
      fc.property(row, (given) => {
        expect(rowOf(rowLine(given))).toEqual(given);
        expect(missingIn(given)).toBeNull();
        const missing = { from: given.seq, to: given.seq + 3, hash: given.hash, at: given.at };
        expect(missingIn(standIn(missing))).toEqual(missing);
        expect(rowOf(rowLine(standIn(missing)))).toEqual(standIn(missing));
      }),
      runs,
    );
    fc.assert(
      fc.property(wild, (line) => {
        expect(rowOf(line)).toBeNull();
      }),
      runs,
    );
  });

  test('SIM-12 two different requests have two fingerprints', () => {
    const asked = fc.record({
      method: fc.constantFrom('GET', 'POST'),
      target: text,
      ifMatch: fc.option(text, { nil: null }),
      body: text,
    });
    fc.assert(
      fc.property(asked, asked, (a, b) => {
        const same =
          a.method === b.method &&
          a.target === b.target &&
          (a.ifMatch ?? '') === (b.ifMatch ?? '') &&
          a.body === b.body;
        expect(fingerprint(a) === fingerprint(b)).toBe(same);
        expect(fingerprint({ ...a, target: a.target + a.body, body: '' }) === fingerprint(a)).toBe(a.body === '');
      }),
      runs,
    );
  });
});
