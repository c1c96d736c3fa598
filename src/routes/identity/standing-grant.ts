/** Holds a verified token against what stands now: its app, its session, the account and the roles of its user. */
import { rolesAt } from '../../domain/identity/worker.ts';
import type { RoleProfile, Worker } from '../../domain/identity/worker.ts';
import type { Application } from '../../domain/identity/application.ts';
import type { ActingRole, App, Grant } from '../grant.ts';
import type { RequestContext } from '../request-context.ts';
import { standingOf } from '../standing.ts';
import { application, worker } from './directory.ts';

interface Composed {
  readonly app: Application;
  readonly worker: Worker | null;
  readonly at: number;
  readonly grant: Grant;
}

/** A grant is put together anew when its parts changed, or once a second for roles that begin or end. */
const COMPOSED_MS = 1_000;
const composed = new WeakMap<Grant, Composed>();

/** Null: the app is revoked, the session over or the account closed. */
export async function standingGrant(context: RequestContext, grant: Grant): Promise<Grant | null> {
  const { now } = context;
  const { session, worker: uid } = grant.standing ?? {};
  const [app, open, user] = await Promise.all([
    application(context, grant.app.id),
    session === undefined ? true : sessionStands(context, session),
    uid === undefined ? null : worker(context, uid),
  ]);
  if (app === null || app.status !== 'approved' || !open) return null;
  if (user !== null && user.status === 'closed') return null;
  const known = composed.get(grant);
  if (known !== undefined && known.app === app && known.worker === user && now - known.at < COMPOSED_MS)
    return known.grant;
  const scopes = grant.scopes.filter((scope) => app.scopes.includes(scope));
  const profiles = user === null ? undefined : rolesAt(user, now).map(profileOf);
  const roles = profiles === undefined ? grant.roles : profiles.map(({ id }) => id);
  const made: Grant = { ...grant, app: appOf(app), scopes, roles, ...(profiles === undefined ? {} : { profiles }) };
  composed.set(grant, { app, worker: user, at: now, grant: made });
  return made;
}

const profileOf = (role: RoleProfile): ActingRole => ({
  id: role.person_roleid,
  organization: role.org_code,
  roleCode: role.role_code,
  activities: role.activity_codes,
  workgroups: role.workgroups_codes ?? [],
});

async function sessionStands(context: RequestContext, key: string): Promise<boolean> {
  return (await standingOf(context.spine.identity).record<string>('session', key, context.now)) !== null;
}

export const appOf = ({ clientId, name, attributes, quota, spike }: Application): App => ({
  id: clientId,
  name,
  attributes,
  ...(quota === undefined ? {} : { quota }),
  ...(spike === undefined ? {} : { spike }),
});

/** An API key is the id of an approved app; it carries no scope. */
export async function keyGrant(context: RequestContext, key: string): Promise<Grant | null> {
  const app = await application(context, key);
  if (app === null || app.status !== 'approved') return null;
  return {
    kind: 'granted',
    open: false,
    app: appOf(app),
    scopes: [],
    roles: [],
    authentication: 'app api_key apim level0',
  };
}
