/** Every way the MESH rules say no; their form on the wire is the service's table. */
import type { Refusal } from '../../engine/record-kind.ts';

export type MeshRefusalCode =
  | 'auth-unreadable'
  | 'auth-other-mailbox'
  | 'auth-invalid'
  | 'auth-repeated'
  | 'mailbox-unknown'
  | 'mailbox-inactive'
  | 'forbidden'
  | 'not-found'
  | 'message-unknown'
  | 'message-gone'
  | 'multiple-choices'
  | 'accept-malformed'
  | 'recipient-missing'
  | 'sender-differs'
  | 'headers-malformed'
  | 'checksum-malformed'
  | 'encoding-unsupported'
  | 'encoding-changed'
  | 'chunk-range-invalid'
  | 'chunk-beyond-total'
  | 'recipient-unknown'
  | 'payload-missing'
  | 'payload-too-large'
  | 'upload-closed'
  | 'workflow-sender-refused'
  | 'workflow-recipient-refused'
  | 'ods-code-missing'
  | 'workflow-missing'
  | 'id-taken';

export const refuse = (code: MeshRefusalCode): Refusal => ({ kind: 'refused', code });
