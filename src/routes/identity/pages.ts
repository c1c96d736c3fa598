/** The pages that need no token: alive, and how the providers are. */
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { json } from '../respond.ts';
import { sameSecret } from '../secrets.ts';
import { provider } from './directory.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';

export const ping = async ({ context }: OauthCall): Promise<OauthResult> => json(200, context.settings.build);

export async function status(call: OauthCall): Promise<OauthResult> {
  const { settings, request } = call.context;
  if (!sameSecret(request.headers.get('apikey') ?? '', settings.statusKey)) return oauthRefusal('status_key');
  const checks = Object.fromEntries(
    await Promise.all(
      (['nhs-cis2', 'nhs-login'] as const).map(async (name) => {
        const known = (await provider(call.context, name)) !== null;
        const outcome = {
          status: known ? 'pass' : 'fail',
          timeout: 'false',
          responseCode: known ? '200' : '503',
          outcome: known ? 'OK' : 'not configured',
          links: {},
        };
        return [name, outcome] as const;
      }),
    ),
  );
  const failed = Object.values(checks).filter((check) => check.status === 'fail').length;
  return json(200, { status: ['pass', 'warn', 'fail'][failed] ?? 'fail', ...settings.build, checks });
}
