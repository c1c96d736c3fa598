/** Laws of the codecs and identifiers outside PDS: what is written reads back, and any text gives a value or a refusal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageShard, shardOf } from '../../src/actors/addresses.ts';
import { patientFlags } from '../../src/domain/flags/patient-flags.ts';
import { applicationKind } from '../../src/domain/identity/application.ts';
import { csvRows, ndjsonRows } from '../../src/domain/identity/bulk-rows.ts';
import { identityProviderKind } from '../../src/domain/identity/identity-provider.ts';
import { audienceHas, jwtParts } from '../../src/domain/identity/jwt-parts.ts';
import { readLegacyBearer } from '../../src/domain/identity/legacy-bearer.ts';
import { mockPatientKind } from '../../src/domain/identity/mock-patient.ts';
import { personClaimKind } from '../../src/domain/identity/person-claim.ts';
import { rbacKind } from '../../src/domain/identity/rbac.ts';
import { levelOf } from '../../src/domain/identity/scopes.ts';
import { sessionKind } from '../../src/domain/identity/session.ts';
import { readSubjectToken } from '../../src/domain/identity/subject-token.ts';
import { workerKind } from '../../src/domain/identity/worker.ts';
import { apiVersion } from '../../src/domain/mesh/accept-version.ts';
import { claimOf, inWindow, tokenKey, WINDOW_MS } from '../../src/domain/mesh/authorization.ts';
import { chunkRange } from '../../src/domain/mesh/chunk-range.ts';
import { mailbox, workflow } from '../../src/domain/mesh/mailbox.ts';
import { message } from '../../src/domain/mesh/message.ts';
import { messageIdOf, shardOfId, stampFrom, stampOf, Stamps } from '../../src/domain/mesh/message-id.ts';
import { readMexHeaders } from '../../src/domain/mesh/mex-headers.ts';
import { registryEntry } from '../../src/domain/mesh/registry-lines.ts';
import { workflowFilter } from '../../src/domain/mesh/workflow-filter.ts';
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
import { readSettings } from '../../src/routes/settings.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const runs = { numRuns: 400, seed: SEED };

const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.toWellFormed());
const wild = fc.string({ unit: 'binary', maxLength: 60 });
const json = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.string({ maxLength: 12 }), json, { maxKeys: 8 });
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');

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
      fc.property(
        fc.uuid(),
        (id) =>
          void expect([isRequestId(id), isRequestId(`${id}0`), isRequestId(id.slice(1))]).toEqual([true, false, false]),
      ),
      runs,
    );
    fc.assert(
      fc.property(
        wild,
        (other) =>
          void expect(isRequestId(other)).toBe(
            /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(other) && other.length === 36,
          ),
      ),
      runs,
    );
  });

  test('SIM-12 any rest of a path is one target', () => {
    fc.assert(
      fc.property(wild, (suffix) => void expect(targetOf(suffix).name).toBeTypeOf('string')),
      runs,
    );
  });
});

describe('MESH', () => {
  const micros = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

  test('SIM-12 a message id tells its shard, sorts by its birth, and no other text is one', () => {
    fc.assert(
      fc.property(
        micros,
        micros,
        fc.integer({ min: 0, max: 4_095 }),
        fc.stringMatching(/^[0-9A-F]{8}$/),
        (a, b, shard, chance) => {
          const id = messageIdOf(stampOf(a), shard, chance);
          expect(shardOfId(id)).toBe(shard);
          expect(messageShard(id, 4_096)).toBe(shard);
          expect(stampOf(a) < stampOf(b)).toBe(a < b);
          expect(stampFrom(Math.floor(a / 1_000)) <= stampOf(a)).toBe(true);
        },
      ),
      runs,
    );
    fc.assert(
      fc.property(
        wild,
        (other) => void expect(shardOfId(other) === null || /^\d{20}_[0-9A-F]{6}$/.test(other)).toBe(true),
      ),
      runs,
    );
  });

  test('SIM-12 stamps rise whatever clock they are given', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 2, maxLength: 30 }),
        (times) => {
          const stamps = new Stamps(0);
          const given = times.map((now) => stamps.next(now));
          expect(given).toEqual([...new Set(given)].toSorted());
        },
      ),
      runs,
    );
  });

  test('SIM-12 a chunk range reads back, and any text is one or none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999 }), fc.integer({ min: 0, max: 9_999 }), (number, more) => {
        expect(chunkRange(`${number}:${number + more}`, number)).toEqual({ number, total: number + more });
        expect(chunkRange(`${number + 1}:${number}`, number + 1)).toBeNull();
      }),
      runs,
    );
    fc.assert(
      fc.property(wild, fc.nat(9), (header, at) => {
        const range = chunkRange(header, at);
        expect(range === null || (range.number === at && range.number <= range.total)).toBe(true);
      }),
      runs,
    );
  });

  test('SIM-12 a token reads back as its parts; no other text is a claim; the window is two hours to both sides', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/);
    fc.assert(
      fc.property(
        part,
        part,
        fc.nat(99),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.integer({ min: -9e6, max: 9e6 }),
        (id, nonce, count, at, shift) => {
          const mailboxId = id.toUpperCase();
          const timestamp = stampOf(at * 1_000).slice(0, 12);
          const claim = claimOf(`NHSMESH ${mailboxId}:${nonce}:${count}:${timestamp}:ABCD`, mailboxId);
          if (claim.kind !== 'claim') throw new Error(claim.code);
          expect([tokenKey(claim), claim.hash]).toEqual([`${mailboxId}:${nonce}:${count}:${timestamp}`, 'abcd']);
          expect(inWindow(claim, claim.at + shift)).toBe(Math.abs(shift) <= WINDOW_MS);
        },
      ),
      runs,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          wild,
          wild.map((rest) => `NHSMESH ${rest}`),
        ),
        (header) => void expect(claimOf(header, 'BOX').kind).toBe('refused'),
      ),
      runs,
    );
  });

  test('SIM-12 any headers are read or told why not; any registry line is an entry or a reason', () => {
    const headers = fc.dictionary(
      fc.constantFrom(
        'mex-to',
        'mex-workflowid',
        'mex-subject',
        'mex-content-checksum',
        'mex-filename',
        'content-type',
        'mex-localid',
      ),
      wild,
    );
    fc.assert(
      fc.property(headers, (given) => {
        const reading = readMexHeaders((name) => given[name] ?? null, 'BOX');
        expect(reading.kind === 'faulty' ? reading.faults.length > 0 : true).toBe(true);
      }),
      runs,
    );
    fc.assert(
      fc.property(json, (value) => void expect(['string', 'object']).toContain(typeof registryEntry(value, '1'))),
      runs,
    );
  });

  test('SIM-12 a filter and its opposite share the workflows between them', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z_*]{1,12}$/), fc.stringMatching(/^[A-Z_]{0,12}$/), (pattern, workflowId) => {
        expect(workflowFilter(pattern)(workflowId)).toBe(!workflowFilter(`!${pattern}`)(workflowId));
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.option(wild, { nil: null }), (accept) => void expect([1, 2, null]).toContain(apiVersion(accept))),
      runs,
    );
  });
});

describe('tokens', () => {
  const garbled = fc.oneof(
    wild,
    fc
      .tuple(object, object, text)
      .map(
        ([header, claims, signature]) =>
          `${base64url(header)}.${base64url(claims)}.${Buffer.from(signature).toString('base64url')}`,
      ),
    fc.tuple(object, json).map(([header, claims]) => `${base64url({ alg: 'none', ...header })}.${base64url(claims)}.`),
  );

  test('SIM-12 a token is taken apart into what was put in, and anything else into nothing', () => {
    fc.assert(
      fc.property(object, object, (header, claims) => {
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        expect(jwtParts(`${base64url(header)}.${base64url(claims)}.c2ln`)).toEqual({
          header: plain(header),
          claims: plain(claims),
        });
      }),
      runs,
    );
    fc.assert(
      fc.property(wild, (other) => void expect(jwtParts(other) === null || other.split('.').length === 3).toBe(true)),
      runs,
    );
  });

  test('SIM-12 no garbled token is a subject token or a legacy bearer by accident, none throws', () => {
    fc.assert(
      fc.property(garbled, fc.nat(), (token, now) => {
        expect(readLegacyBearer(token, { audience: 'a', now })).toBeNull();
        const read = readSubjectToken(token, now);
        expect('token' in read ? read.kid !== '' && read.issuer !== '' : true).toBe(true);
      }),
      runs,
    );
  });

  test('SIM-12 any claims have a level or none, and an audience only where it stands', () => {
    fc.assert(
      fc.property(object, text, (claims, name) => {
        for (const provider of ['nhs-cis2', 'nhs-login'] as const)
          expect(['string', 'object']).toContain(typeof levelOf(provider, claims));
        const { aud } = claims as { aud?: unknown };
        expect(audienceHas(claims, name)).toBe(aud === name || (Array.isArray(aud) && aud.includes(name)));
      }),
      runs,
    );
  });

  test('SIM-12 any text of rows is rows and bad rows', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          wild,
          text.map((rest) => `key,role_code\n${rest}`),
          fc.array(json).map((rows) => rows.map((row) => JSON.stringify(row)).join('\n')),
        ),
        (rows) => {
          expect(csvRows(rows) === null || Array.isArray(csvRows(rows))).toBe(true);
          expect(Array.isArray(ndjsonRows(rows))).toBe(true);
        },
      ),
      runs,
    );
  });

  test('SIM-12 any settings are sound or name their fault, and nothing unknown is open', () => {
    const variables = fc.dictionary(
      fc.constantFrom('ACCESS', 'ENVIRONMENT', 'KEY_SET', 'TOKEN_ISSUER', 'API_RATE'),
      fc.oneof(fc.constantFrom('open', 'enforced', 'live', 'local', '{"keys":[]}', '{"keys":[{"d":""}]}'), wild),
    );
    fc.assert(
      fc.property(variables, (given) => {
        const settings = readSettings(given);
        if (given['ACCESS'] !== 'open') expect(settings.access).toBe('enforced');
        if (settings.access === 'open' && settings.fault === null)
          expect(['local', 'sandbox']).toContain(given['ENVIRONMENT']);
        if (settings.access === 'enforced') expect(settings.fault).not.toBeNull();
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
      fc.property(safe, (value) => void expect(parseGuarded(JSON.stringify(value))).toEqual({ ...value })),
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
      fc.property(
        json,
        fc.constantFrom('Flag', 'Condition', 'Bundle', 'Patient'),
        (value, type) => void expect(['string', 'object']).toContain(typeof resourceFault(value, type)),
      ),
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
      fc.property(
        wild,
        (other) => void expect(isDateTime(other) && !isPartialDate(other.split('T')[0] ?? '')).toBe(false),
      ),
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
      fc.property(wild, (raw) => void expect(unescapeXml(raw)).toBeTypeOf('string')),
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
      fc.property(wild, (line) => void expect(rowOf(line)).toBeNull()),
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
