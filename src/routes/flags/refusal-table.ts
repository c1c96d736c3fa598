/** How the patient flags say no: every code of the domain with its form on the wire, beside what engine and edge say. */
import type { FlagsRefusalCode } from '../../domain/flags/refusals.ts';
import type { RecordCallCode } from '../record-call.ts';
import type { RefusalTable } from '../service.ts';
import { USUAL_FORMS, error, refusedBy } from '../usual-refusals.ts';

type FlagsEdgeCode = 'UNSUPPORTED_SERVICE';

const FORMS: RefusalTable<FlagsRefusalCode | FlagsEdgeCode | RecordCallCode> = {
  ...USUAL_FORMS,
  ACCESS_DENIED: error(403, 'ACCESS_DENIED', 'Access Denied - Unauthorised', 'forbidden'),
  DUPLICATE_RESOURCE: error(409, 'DUPLICATE_RESOURCE', 'Resource already exists', 'duplicate'),
  FORBIDDEN_UPDATE: error(403, 'FORBIDDEN_UPDATE', 'Update is forbidden', 'forbidden'),
  INVALID_RESOURCE_ID: error(400, 'INVALID_RESOURCE_ID', 'Resource Id is invalid', 'value'),
  INVALID_VALUE: error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),
  MISSING_VALUE: error(400, 'MISSING_VALUE', 'Required value is missing', 'required'),
  RESOURCE_NOT_FOUND: error(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
  UNSUPPORTED_SERVICE: error(400, 'UNSUPPORTED_SERVICE', 'Unsupported Service', 'processing'),
};

export const refused = refusedBy(FORMS);
