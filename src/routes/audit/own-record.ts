/** GET /me: a patient sees who looked at the own record. */
import { isShown, ownEntry } from '../../domain/audit/own-view.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { BASE_PATH, noteLook, refuse } from './call.ts';
import type { OwnCall } from './call.ts';
import { cursorText, readCursor, searchTrails } from './trail-search.ts';

const PAGE = 100;
const END_OF_TIME = 8_640_000_000_000_000;

export async function ownRecord(call: OwnCall): Promise<Answer | WireRefusal> {
  const { context, nhsNumber, query } = call;
  const text = query['_cursor'];
  const cursor = typeof text === 'string' ? readCursor(text) : null;
  if (text !== undefined && cursor === null) return refuse('INVALID_VALUE', "Invalid value in field '_cursor'");
  const unavailable: WireRefusal = { kind: 'refused', code: 'timeout', retryAfterSeconds: 5 };
  if (!(await noteLook(call, 'view-own-audit', nhsNumber))) return unavailable;
  const wish = { patient: nhsNumber, since: 0, until: END_OF_TIME, limit: PAGE };
  const found = await searchTrails(context.spine.trails, wish, cursor);
  if (found === null) return unavailable;
  const shown = found.facts.filter(isShown);
  const names = await roleNames(
    call,
    shown.map(({ agent }) => agent),
  );
  return json(200, {
    nhs_number: nhsNumber,
    entries: shown.map((fact) => ownEntry(fact, names.get(`${fact.agent.user}/${fact.agent.role}`) ?? null)),
    next: found.next === null ? null : `${context.origin}${BASE_PATH}/me?_cursor=${cursorText(found.next)}`,
  });
}

/** The name of each role that occurs, never that of the person in it. */
async function roleNames(
  { context }: OwnCall,
  agents: readonly { readonly user?: string; readonly role?: string }[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const asked = new Map(agents.map(({ role, user }) => [`${user}/${role}`, { role, user }]));
  await Promise.all(
    [...asked].map(async ([name, { role, user }]) => {
      const code = role === undefined ? null : await context.spine.roles.jobRole(role, user);
      if (code !== null) names.set(name, code);
    }),
  );
  return names;
}
