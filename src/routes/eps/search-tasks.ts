/** GET /Task: the tracker of prescribing and dispensing systems. */
import type { MessageIssue } from '../../domain/eps/message-issue.ts';
import { TASK_SYSTEMS, isAsked, taskBundle } from '../../domain/eps/tracker/tasks.ts';
import type { TaskFilter } from '../../domain/eps/tracker/tasks.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import type { Query } from '../service.ts';
import { forbidden } from './call.ts';
import type { EpsCall } from './call.ts';
import { FHIR, outcome } from './outcome.ts';
import { byPatient, byPrescription } from './tracked.ts';

const SUBJECTS = ['focus:identifier', 'identifier', 'patient:identifier'] as const;
const AUTHORED = /^(eq|le|ge)(\d{4}-\d{2}-\d{2})$/;

export async function searchTasks(call: EpsCall): Promise<Result> {
  const denied = forbidden(call, 'tracker');
  if (denied !== null) return denied;
  const wish = readWish(call.query);
  if (Array.isArray(wish)) return outcome(wish, { now: call.context.now });
  const { filter, subject, value } = wish as Wish;
  const found =
    subject === 'patient:identifier' ? await byPatient(call, value) : await byPrescription(call, value.toUpperCase());
  if (isRefused(found)) return found;
  const shown = found.shown
    .map(({ prescription }) => prescription)
    .filter((prescription) => prescription.deletedAt === undefined && isAsked(prescription, filter));
  return { status: 200, body: JSON.stringify(taskBundle(shown, () => crypto.randomUUID())), contentType: FHIR };
}

interface Wish {
  readonly subject: (typeof SUBJECTS)[number];
  readonly value: string;
  readonly filter: TaskFilter;
}

const wrong = (code: string, diagnostics: string): MessageIssue => ({ severity: 'error', code, diagnostics });

const valuesOf = (query: Query, name: string): readonly string[] => {
  const value = query[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
};

/** A `+` in an address is a space by the time it arrives. */
const plain = (value: string): string => (/^.{19} $/.test(value) ? `${value.slice(0, 19)}+` : value);

function readWish(query: Query): Wish | MessageIssue[] {
  const told = SUBJECTS.filter((name) => query[name] !== undefined);
  const [subject] = told;
  if (subject === undefined)
    return [
      wrong('invalid', `At least one of the following query parameters must be provided: ${SUBJECTS.join(', ')}.`),
    ];
  if (told.length > 1 || valuesOf(query, subject).length > 1)
    return [wrong('invalid', 'Invalid combination of query parameters.')];
  const authored = valuesOf(query, 'authored-on').map((value) => AUTHORED.exec(value));
  const issues = [
    ...[subject, 'business-status'].flatMap((name) => systemFault(query, name)),
    ...(authored.includes(null)
      ? [wrong('value', 'Value for date param authored-on should match pattern /(eq|le|ge)\\d{4}-\\d{2}-\\d{2}/.')]
      : []),
  ];
  if (issues.length > 0) return issues;
  const [status] = valuesOf(query, 'business-status').map(codeOf);
  return {
    subject,
    value: plain(codeOf(valuesOf(query, subject)[0] ?? '')),
    filter: {
      ...(status === undefined ? {} : { businessStatus: status }),
      authored: authored.flatMap((match) =>
        match === null ? [] : [{ operator: operatorOf(match[1]), day: match[2] ?? '' }],
      ),
    },
  };
}

const operatorOf = (text: string | undefined) => (text === 'le' || text === 'ge' ? text : 'eq');

/** Behind the system, where one is told. */
const codeOf = (value: string): string => value.slice(value.lastIndexOf('|') + 1);

function systemFault(query: Query, name: string): readonly MessageIssue[] {
  const system = TASK_SYSTEMS[name];
  return valuesOf(query, name).flatMap((value) => {
    const bar = value.lastIndexOf('|');
    if (bar === -1 || value.slice(0, bar) === system) return [];
    return [wrong('value', `Query parameter ${name} must have system ${system ?? ''} if specified.`)];
  });
}
