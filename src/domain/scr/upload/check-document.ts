/** The frame of an upload: what kind of Bundle, and one Composition and one Patient in it. */
import type { Composition, Patient } from 'fhir/r4';
import { UUID_SYSTEM, shown } from './upload-bundle.ts';
import type { UploadBundle } from './upload-bundle.ts';

export function bundleFault({ bundle }: UploadBundle): string | null {
  const { identifier, timestamp, type } = bundle;
  if (type !== 'document') return `Unsupported Bundle.type: ${shown(type)}`;
  if (timestamp === undefined) return 'bundle.timestamp must not be empty';
  if (identifier === undefined) return 'bundle.identifier must not be empty';
  if (identifier.system !== UUID_SYSTEM) return `bundle.identifier.system must be ${UUID_SYSTEM}`;
  return identifier.value === undefined ? 'bundle.identifier.value must not be empty' : null;
}

/** A string where the type is missing or stands there twice. */
export function onlyOne(upload: UploadBundle, type: 'Composition'): Composition | string;
export function onlyOne(upload: UploadBundle, type: 'Patient'): Patient | string;
export function onlyOne(upload: UploadBundle, type: 'Composition' | 'Patient'): Composition | Patient | string {
  const [first, second] = upload.all(type);
  if (first === undefined) return `${type} missing from payload`;
  return second === undefined ? first : `There is more than 1 resource of type ${type}`;
}
