/** Reads a claim: for which prescription, which issue, which items. */
import { isPrescriptionIdForm, uncheckedPrescriptionId } from '../../nhs/prescription-id.ts';
import type { PlaceClaim } from './commands.ts';
import { REPLACEMENT_OF } from './read-dispense.ts';
import { issueOf, organizationFrom, repeatsOf } from './read-parts.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusal } from './refusals.ts';
import { at, extensionOf, objectsIn, textAt } from './wire/json.ts';

const GROUP_IDENTIFIER = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-GroupIdentifier';
const MEDICATION_REQUEST = 'https://fhir.nhs.uk/StructureDefinition/Extension-ClaimMedicationRequestReference';

export interface ReadClaim {
  readonly kind: 'claim';
  readonly id: string;
  readonly nhsNumber: string;
  readonly command: PlaceClaim;
}

export function readClaim(claim: unknown): ReadClaim | EpsRefusal {
  const group = extensionOf(at(claim, 'prescription'), GROUP_IDENTIFIER);
  const shortId = textAt(extensionOf(group, 'shortForm'), 'valueIdentifier', 'value').toUpperCase();
  if (!isPrescriptionIdForm(shortId)) return refuse('PRESCRIPTION_NOT_FOUND');
  const item = at(claim, 'item', 0);
  const details = objectsIn(at(item, 'detail'));
  const repeats = [item, ...details, ...details.map((detail) => at(detail, 'subDetail', 0))]
    .map(repeatsOf)
    .find((found) => found !== null);
  const issue = issueOf(repeats ?? null);
  const replaces = textAt(extensionOf(claim, REPLACEMENT_OF), 'valueIdentifier', 'value').toLowerCase();
  const organizations = objectsIn(at(claim, 'contained')).filter(({ resourceType }) => resourceType === 'Organization');
  return {
    kind: 'claim',
    id: uncheckedPrescriptionId(shortId),
    nhsNumber: textAt(claim, 'patient', 'identifier', 'value'),
    command: {
      name: 'claim',
      claim: {
        id: textAt(claim, 'identifier', 0, 'value').toLowerCase(),
        organization: organizationFrom(organizations[0]),
      },
      ...(replaces === '' ? {} : { replaces }),
      items: details
        .map((detail) => textAt(extensionOf(detail, MEDICATION_REQUEST), 'valueReference', 'identifier', 'value'))
        .filter((item) => item !== '')
        .map((item) => item.toLowerCase()),
      ...(issue === undefined ? {} : { issue }),
    },
  };
}
