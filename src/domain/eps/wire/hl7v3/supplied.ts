/** What was supplied of one item, as notifications and claims tell it. */
import { element } from '../canonical-xml.ts';
import { textIn } from '../json.ts';
import type { Json } from '../json.ts';
import * as v3 from './parts.ts';

interface Supplied {
  readonly quantity: unknown;
  /** SNOMED coding of the medicine. */
  readonly product: Json;
  /** Notifications name the very thing, claims its kind. */
  readonly determiner: 'INSTANCE' | 'KIND';
}

export function suppliedQuantity({ determiner, product, quantity }: Supplied, ...told: readonly string[]): string {
  const material = element(
    'manufacturedSuppliedMaterial',
    { classCode: 'MMAT', determinerCode: determiner },
    element('code', v3.snomed(textIn(product['code']), textIn(product['display']))),
  );
  const made = element('suppliedManufacturedProduct', { classCode: 'MANU' }, material);
  return element(
    'component',
    { typeCode: 'COMP' },
    v3.separable(false),
    element(
      'suppliedLineItemQuantity',
      { classCode: 'SPLY', moodCode: 'EVN' },
      v3.DISPENSING,
      v3.quantity(quantity),
      element('product', { contextControlCode: 'OP', typeCode: 'PRD' }, made),
      ...told,
    ),
  );
}
