/** What a PDS path points at. */

export type Target =
  | { readonly name: 'patients' }
  | { readonly name: 'patient'; readonly id: string }
  | { readonly name: 'related-persons'; readonly id: string }
  | { readonly name: 'birth' }
  | { readonly name: 'coverage' }
  /** The base itself: where Bundles are sent. */
  | { readonly name: 'bundle' }
  | { readonly name: 'ping' }
  | { readonly name: 'status' }
  /** Below /Patient, but nothing we serve. */
  | { readonly name: 'unserved'; readonly id: string }
  | { readonly name: 'unknown' };

const PATIENT = '/Patient/';
const RELATED = '/RelatedPerson';

const UNKNOWN: Target = { name: 'unknown' };

export function targetOf(suffix: string): Target {
  if (suffix.startsWith(PATIENT)) return belowPatient(suffix.slice(PATIENT.length));
  switch (suffix) {
    case '/Patient':
      return { name: 'patients' };
    case '':
    case '/':
      return { name: 'bundle' };
    case '/Coverage':
      return { name: 'coverage' };
    case '/_ping':
      return { name: 'ping' };
    case '/_status':
      return { name: 'status' };
    default:
      return UNKNOWN;
  }
}

function belowPatient(rest: string): Target {
  if (rest === '$process-birth-details') return { name: 'birth' };
  const slash = rest.indexOf('/');
  if (slash === -1) return rest === '' ? { name: 'unserved', id: '' } : { name: 'patient', id: rest };
  const id = rest.slice(0, slash);
  return rest.slice(slash) === RELATED && id !== '' ? { name: 'related-persons', id } : { name: 'unserved', id };
}
