import { expect, test } from 'vitest';
import {
  checkedPrescriptionId,
  isPrescriptionId,
  isPrescriptionIdForm,
  uncheckedPrescriptionId,
} from '../../src/nhs/prescription-id.ts';

test('EPS-W01 the last character of a prescription id is checked; + is one of its 37', () => {
  for (const id of ['24F5DA-A83008-7EFE6Z', 'EB8B1F-A83008-42DC8L', '507FE8-A83008-4A859+']) {
    expect(isPrescriptionId(id)).toBe(true);
    expect(checkedPrescriptionId(uncheckedPrescriptionId(id))).toBe(id);
  }
  expect(isPrescriptionId('269CA9-A99968-4577BP')).toBe(false);
  expect(isPrescriptionIdForm('269CA9-A99968-4577BP')).toBe(true);
});

test('EPS-W02 three groups of six, of digits and capitals: anything else is no prescription id', () => {
  for (const id of ['24f5da-A83008-7EFE6Z', '24F5DAA830087EFE6Z', '24F5DG-A83008-7EFE6Z', '24F5DA-A83008-7EFE6*', ''])
    expect(isPrescriptionIdForm(id)).toBe(false);
});
