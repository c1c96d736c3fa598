/** GET /_poll/{id}: nothing is ever answered later here, so there is nothing to ask for, as the public API says too. */
import type { MessageIssue } from '../../domain/eps/message-issue.ts';
import { R4_ERRORS } from '../../domain/eps/wire/issues.ts';
import type { Answer } from '../respond.ts';
import { outcome } from './outcome.ts';

const NOT_SUPPORTED: MessageIssue = {
  code: 'informational',
  severity: 'information',
  coding: {
    system: R4_ERRORS,
    version: '1',
    code: 'INTERACTION_NOT_SUPPORTED',
    display: 'Interaction not supported',
  },
};

export const isPoll = (method: string, suffix: string): boolean => method === 'GET' && /^\/_poll\/[^/]+$/.test(suffix);

export const polled = (): Answer => outcome([NOT_SUPPORTED], { status: 400 });
