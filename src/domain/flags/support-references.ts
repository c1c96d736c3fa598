/** A flag as it is shown beside what supports it: it refers to each by `flag-detail`. */
import type { Extension, Flag } from 'fhir/r4';
import type { HeldFlag } from './flags-state.ts';

const FLAG_DETAIL = 'http://hl7.org/fhir/StructureDefinition/flag-detail';

export function withDetails({ flag, support }: HeldFlag): Flag {
  const own = (flag.extension ?? []).filter(({ url }) => url !== FLAG_DETAIL);
  const details = support.map(({ id, resourceType }): Extension => ({
    url: FLAG_DETAIL,
    valueReference: { reference: `${resourceType}/${id ?? ''}`, type: resourceType },
  }));
  const extension = [...details, ...own];
  const { extension: _sent, ...rest } = flag;
  return extension.length === 0 ? rest : { ...rest, extension };
}
