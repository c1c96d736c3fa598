/** Laws of what MESH and the token service read: what is written reads back, and any text gives a value or a refusal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageShard } from '../../src/actors/addresses.ts';
import { csvRows, ndjsonRows } from '../../src/domain/identity/bulk-rows.ts';
import { audienceHas, jwtParts } from '../../src/domain/identity/jwt-parts.ts';
import { readLegacyBearer } from '../../src/domain/identity/legacy-bearer.ts';
import { levelOf } from '../../src/domain/identity/scopes.ts';
import { readSubjectToken } from '../../src/domain/identity/subject-token.ts';
import { apiVersion } from '../../src/domain/mesh/accept-version.ts';
import { claimOf, inWindow, tokenKey, WINDOW_MS } from '../../src/domain/mesh/authorization.ts';
import { chunkRange } from '../../src/domain/mesh/chunk-range.ts';
import { messageIdOf, shardOfId, stampFrom, stampOf, Stamps } from '../../src/domain/mesh/message-id.ts';
import { readMexHeaders } from '../../src/domain/mesh/mex-headers.ts';
import { registryEntry } from '../../src/domain/mesh/registry-lines.ts';
import { workflowFilter } from '../../src/domain/mesh/workflow-filter.ts';
import { readSettings } from '../../src/routes/settings.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const runs = { numRuns: 400, seed: SEED };

const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.toWellFormed());
const wild = fc.string({ unit: 'binary', maxLength: 60 });
const json = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.string({ maxLength: 12 }), json, { maxKeys: 8 });
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');

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
      fc.property(wild, (other) => {
        expect(shardOfId(other) === null || /^\d{20}_[0-9A-F]{6}$/.test(other)).toBe(true);
      }),
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
        fc.tuple(part, fc.nat(99)),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.integer({ min: -9e6, max: 9e6 }),
        (id, [nonce, count], at, shift) => {
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
        (header) => {
          expect(claimOf(header, 'BOX').kind).toBe('refused');
        },
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
      fc.property(json, (value) => {
        expect(['string', 'object']).toContain(typeof registryEntry(value, '1'));
      }),
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
      fc.property(fc.option(wild, { nil: null }), (accept) => {
        expect([1, 2, null]).toContain(apiVersion(accept));
      }),
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
      fc.property(wild, (other) => {
        expect(jwtParts(other) === null || other.split('.').length === 3).toBe(true);
      }),
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
