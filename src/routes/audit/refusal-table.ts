/** How the audit service says no: every code of the domain, the engine and the edge with its form on the wire. */
import type { AlertRefusalCode } from '../../domain/audit/privacy-alerts.ts';
import type { AuditRefusal } from '../../domain/audit/audit-rights.ts';
import type { RecordCallCode } from '../record-call.ts';
import type { RefusalTable } from '../service.ts';
import { error, refusedBy, USUAL_FORMS } from '../usual-refusals.ts';

type AuditEdgeCode =
  | 'level-too-low'
  | 'no-such-role'
  | 'not-own-record'
  | 'INVALID_VALUE'
  | 'MISSING_VALUE'
  | 'not-found'
  | 'method-not-allowed';

const denied = (display: string) => error(403, 'ACCESS_DENIED', display, 'forbidden');

const FORMS: RefusalTable<AuditEdgeCode | AuditRefusal | AlertRefusalCode | RecordCallCode> = {
  ...USUAL_FORMS,
  'level-too-low': denied('A log-in of aal3 is needed'),
  'no-such-role': denied('NHSD-Session-URID must name a role of the user'),
  'not-an-auditor': denied('The role is not one of an auditor'),
  'not-a-privacy-officer': denied('The role does not receive alerts'),
  'other-organisation': denied('The role is of another organisation'),
  'not-own-record': denied('Patient cannot perform this action'),
  'own-alert': denied('Nobody handles an alert about himself'),
  'not-acknowledged': error(409, 'FORBIDDEN_UPDATE', 'The alert has not been acknowledged', 'conflict'),
  'unknown-alert': error(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
  'wrong-key': error(500, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
  INVALID_VALUE: error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),
  MISSING_VALUE: error(400, 'MISSING_VALUE', 'Required value is missing', 'required'),
  'not-found': error(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
  'method-not-allowed': error(405, 'UNSUPPORTED_SERVICE', 'Unsupported Service', 'not-supported'),
};

export const refused = refusedBy(FORMS);
