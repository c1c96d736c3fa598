import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkClaim, checkRelease, checkTask } from '../../../../src/domain/eps/wire/check-dispenser-message.ts';
import { checkMessage, checkPrepare } from '../../../../src/domain/eps/wire/check-message.ts';
import { convert } from '../../../../src/domain/eps/wire/hl7v3/convert.ts';
import { doseToText } from '../../../../src/domain/eps/wire/dose-to-text.ts';
import { prescriptionFragments } from '../../../../src/domain/eps/wire/prescription-fragments.ts';
import { readCertificate, readRevocationList } from '../../../../src/domain/eps/wire/certificate.ts';
import { readSignature } from '../../../../src/domain/eps/wire/signature-document.ts';
import { readStatusUpdate } from '../../../../src/domain/eps/wire/read-status-update.ts';
import { supplierEntries } from '../../../../src/domain/eps/wire/supplier-format.ts';
import { makeCertificate, makeRevocationList } from '../../../support/certificate-maker.ts';
import { order } from '../../../support/prescription-order.ts';

const NOW = Date.UTC(2026, 2, 13);
const CONVERTING = { now: NOW, sender: { user: '1', role: '2' }, newId: '3', signatureXml: '' };

/** Every place of a JSON value. */
function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, item]) => places(item, [...path, name]))];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string | number, unknown>;
  copy[step] = replaced(copy[step], rest, by);
  return copy;
}

const EVENTS = ['prescription-order', 'prescription-order-update', 'dispense-notification'];
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>({ toString: 1 }, [null], [{}], '', -1, { reference: 'urn:uuid:patient' }),
);

test(
  'EPS-W15 whatever stands in place of a part of a message, it is read or refused, never broken',
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EVENTS),
        fc.array(fc.tuple(fc.nat(), strange), { minLength: 1, maxLength: 3 }),
        (event, changes) => {
          const whole = JSON.parse(JSON.stringify(order()).replace('prescription-order"', `${event}"`)) as unknown;
          const message = changes.reduce<unknown>((changed, [nth, by]) => {
            const all = places(changed);
            return replaced(changed, all[nth % all.length] ?? [], by);
          }, whole);
          expect(Array.isArray(checkMessage(message, NOW)) && Array.isArray(checkPrepare(message))).toBe(true);
          for (const check of [checkTask, checkClaim, checkRelease]) expect(Array.isArray(check(message))).toBe(true);
          expect(prescriptionFragments(message, { now: NOW }).kind).toMatch(/fragments|invalid/);
          expect(convert(message, CONVERTING)?.kind ?? 'converted').toMatch(/converted|invalid/);
        },
      ),
      { numRuns: 150 },
    );
  },
);

test('EPS-W15 tasks, claims, releases and updates of any shape are read or refused', { timeout: 60_000 }, () => {
  const typed = fc
    .tuple(fc.constantFrom('Task', 'Claim', 'Parameters'), fc.jsonValue({ maxDepth: 4 }))
    .map(([resourceType, value]) => ({
      ...(typeof value === 'object' ? value : {}),
      resourceType,
      status: 'rejected',
    }));
  fc.assert(
    fc.property(fc.oneof(typed, fc.jsonValue()), (message) => {
      for (const check of [checkTask, checkClaim, checkRelease]) expect(Array.isArray(check(message))).toBe(true);
      expect(convert(message, CONVERTING)?.kind ?? 'converted').toMatch(/converted|invalid/);
      expect(doseToText([message, message]).kind).toMatch(/text|invalid/);
      expect(readStatusUpdate(message, NOW).kind).toMatch(/bad|update/);
      expect(supplierEntries(message, () => 'id')).toBeDefined();
    }),
  );
});

const certificate = makeCertificate({ name: 'A', authority: true, revocationList: 'http://a' });
const list = Buffer.from(makeRevocationList(certificate, [{ serial: 7, at: NOW, reason: 1 }]), 'base64');

test('EPS-W15 damaged certificates, lists and documents are none', { timeout: 60_000 }, () => {
  const bytes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(bytes, fc.nat(), (changes, cut) => {
      for (const [whole, read] of [
        [certificate.der, readCertificate],
        [list, readRevocationList],
      ] as const) {
        const damaged = Uint8Array.from(whole);
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
        for (const one of [damaged, damaged.subarray(0, cut % damaged.length)]) expect(() => read(one)).not.toThrow();
      }
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          '<Signature',
          '>',
          '</',
          'SignedInfo',
          '<',
          ' a="b"',
          '/>',
          '&#x41;',
          '<!--',
          '-->',
          'x',
          ']]>',
          '<![CDATA[',
        ),
        { maxLength: 30 },
      ),
      (parts) => {
        expect(() => readSignature(parts.join(''))).not.toThrow();
      },
    ),
    { numRuns: 200 },
  );
});
