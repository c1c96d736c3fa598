/** Every grant of the token service, and what its tokens open, on a running server. */
import { randomUUID } from 'node:crypto';
import type { Report } from '../report.ts';
import { PDS, coded, differs, EVENTS, PATIENT, pause, USER } from './client.ts';
import type { Client } from './client.ts';

export async function checkTokens(client: Client, report: Report): Promise<void> {
  const step = (name: string, run: () => Promise<readonly string[]>) => report.step({ name, run });
  await step('I1 client_credentials', async () =>
    differs(await client.app(), 200, { expires_in: '599', token_type: 'Bearer' }),
  );
  await step('I1 an assertion five minutes and more ahead', async () =>
    coded(await client.app({ exp: Math.floor(Date.now() / 1000) + 400 }), 400, 'more than 5 minutes in future'),
  );
  await step('I1 another audience', async () =>
    coded(await client.app({ aud: 'https://x' }), 401, "Missing or invalid 'aud'"),
  );
  await step('I2 of twenty uses of one assertion one wins', async () => {
    const jti = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.app({ jti })));
    const won = answers.filter(({ status }) => status === 200).length;
    return won === 1 ? [] : [`${won} won`];
  });
  await step('I4 token exchange', async () => {
    const answer = await client.exchange({ sub: USER, authentication_assurance_level: 3 });
    return differs(answer, 200, { expires_in: '599', refresh_count: '0', refresh_token_expires_in: '43199' });
  });
  await step('I4 a level without scopes', async () =>
    coded(
      await client.exchange({ sub: USER, authentication_assurance_level: 1 }),
      401,
      'not configured to use this authorization grant type',
    ),
  );
  await step('I5 authorization code, once', async () => {
    const code = await client.code(USER);
    const first = differs(await client.redeem(code), 200, { expires_in: '599', refresh_count: '0' });
    return [...first, ...coded(await client.redeem(code), 400, 'authorization_code is invalid')];
  });
  await step('I6 refresh rotates', async () => {
    const { body } = await client.logIn(USER);
    const second = await client.refresh(body['refresh_token']);
    const old = await client.refresh(body['refresh_token']);
    return [...differs(second, 200, { refresh_count: '1' }), ...coded(old, 401, 'refresh_token is invalid')];
  });
  await step('I7 userinfo', async () => {
    const { body } = await client.logIn('656005750104');
    const answer = await client.send('/oauth2-mock/userinfo', {
      headers: { authorization: `Bearer ${String(body['access_token'])}` },
    });
    const roles = answer.body['nhsid_nrbac_roles'];
    return [
      ...differs(answer, 200, { sub: '656005750104', gmc_id: 'GMC123' }),
      ...(Array.isArray(roles) && roles.length === 2 ? [] : ['not two roles']),
    ];
  });
  await step('I8 back-channel logout', async () => {
    const sid = randomUUID();
    const { body } = await client.exchange({ sub: USER, authentication_assurance_level: 3, sid });
    const before = differs(await client.pds(body['access_token'], `/Patient/${PATIENT}`), 200);
    const logout_token = await client.idToken({ sid, events: EVENTS });
    const done = differs(await client.post('/oauth2/backchannel_logout', { logout_token }), 200, { success: true });
    await pause(1_000);
    const after = coded(await client.pds(body['access_token'], `/Patient/${PATIENT}`), 401, 'Invalid Access Token');
    return [
      ...before,
      ...done,
      ...after,
      ...coded(await client.refresh(body['refresh_token']), 401, 'refresh_token is invalid'),
    ];
  });
}

export async function checkModes(client: Client, report: Report): Promise<void> {
  const step = (name: string, run: () => Promise<readonly string[]>) => report.step({ name, run });
  const app = (await client.app()).body['access_token'];
  const user = (await client.logIn(USER)).body['access_token'];
  const patient = (await client.logIn(PATIENT, { scope: 'nhs-login' })).body['access_token'];
  const weak = (await client.logIn('9912003072', { scope: 'nhs-login' })).body['access_token'];
  const several = (await client.logIn('656005750104')).body['access_token'];
  const patch = {
    method: 'PATCH',
    body: '{"patches":[]}',
    headers: { 'content-type': 'application/json-patch+json', 'if-match': 'W/"1"' },
  };
  const SEARCH = '/Patient?family=Smith&gender=female&birthdate=eq2010-10-22';
  await step('I9 app: reads', async () => differs(await client.pds(app, `/Patient/${PATIENT}`), 200));
  await step('I9 app: no PATCH', async () =>
    coded(
      await client.pds(app, `/Patient/${PATIENT}`, patch),
      403,
      'Cannot update resource with application-restricted access token',
    ),
  );
  await step('I9 app: no POST', async () =>
    coded(
      await client.pds(app, '/Patient', { method: 'POST', body: '{}' }),
      403,
      'Cannot create resource with application-restricted access token',
    ),
  );
  await pause(1_100);
  await step('I9 app: one result', async () =>
    coded(await client.pds(app, `${SEARCH}&_max-results=2`), 403, 'Cannot retrieve more than one result'),
  );
  await step('I9 app: no Coverage', async () =>
    coded(
      await client.pds(app, `/Coverage?subscriber:identifier=${PATIENT}`),
      403,
      'Cannot GET resource with application-restricted access token',
    ),
  );
  await step('I9 user: reads', async () => differs(await client.pds(user, `/Patient/${PATIENT}`), 200));
  await pause(1_100);
  await step('I9 user: no Coverage', async () =>
    coded(
      await client.pds(user, `/Coverage?subscriber:identifier=${PATIENT}`),
      403,
      'Cannot GET resource with user-restricted access token',
    ),
  );
  await step('I9 user of several roles must name one', async () =>
    coded(await client.pds(several, `/Patient/${PATIENT}`), 400, 'NHSD-Session-URID'),
  );
  await step('I9 user of several roles names one', async () =>
    differs(
      await client.pds(several, `/Patient/${PATIENT}`, { headers: { 'nhsd-session-urid': '656014452101' } }),
      200,
    ),
  );
  await step('I9 user: a role of somebody else', async () =>
    coded(
      await client.pds(user, `/Patient/${PATIENT}`, { headers: { 'nhsd-session-urid': '656014452101' } }),
      400,
      "Invalid value - '656014452101'",
    ),
  );
  await pause(1_100);
  await step('I9 patient: own record', async () => differs(await client.pds(patient, `/Patient/${PATIENT}`), 200));
  await step('I9 patient: another record', async () =>
    coded(await client.pds(patient, '/Patient/9000000017'), 403, 'Patient cannot perform this action'),
  );
  await step('I9 patient: no search', async () => differs(await client.pds(patient, SEARCH), 403));
  await step('I9 P5: nothing', async () =>
    coded(await client.pds(weak, `/Patient/9912003072`), 403, 'Patient cannot perform this action'),
  );
  for (const [name, header, words] of [
    ['none', '', 'Missing Authorization header'],
    ['one word', 'Bearer', 'Missing access token'],
    ['another scheme', 'Basic abc', "Invalid token type 'Basic', must be 'Bearer'"],
    ['nonsense', 'Bearer abc123', 'Invalid Access Token'],
  ] as const) {
    await step(`I9 bearer: ${name}`, async () =>
      coded(
        await client.send(`${PDS}/Patient/${PATIENT}`, { headers: header === '' ? {} : { authorization: header } }),
        401,
        words,
      ),
    );
  }
  await step('I9 an expired token', async () => {
    const { body } = await client.app({}, { _access_token_expiry_ms: '1000' });
    await pause(1_500);
    return coded(await client.pds(body['access_token'], `/Patient/${PATIENT}`), 401, 'Access Token expired');
  });
  await step('I11 six requests in a burst are one too many', async () => {
    await pause(1_500);
    const answers = await Promise.all(Array.from({ length: 12 }, () => client.pds(app, `/Patient/${PATIENT}`)));
    const limited = answers.filter(({ status }) => status === 429);
    const words = limited[0]?.text.includes('has exceeded its quota of 5 requests every 1 second(s)') === true;
    return limited.length >= 5 && words ? [] : [`${limited.length} limited: ${limited[0]?.text.slice(0, 200) ?? ''}`];
  });
}
