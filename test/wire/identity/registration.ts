/** The registration authority on a running server: rows by the thousand while others read on. */
import { randomUUID } from 'node:crypto';
import type { Report } from '../report.ts';
import { differs, PATIENT, pause, USER } from './client.ts';
import type { Client } from './client.ts';

const ROWS = 3_200;
const MINUTE_MS = 60_000;

/** The registration authority, acting as the manager of the pack; meanwhile others read on. */
export async function checkRegistration(client: Client, report: Report): Promise<void> {
  const manager = (await client.logIn('656005750104')).body['access_token'];
  const reader = (await client.logIn(USER)).body['access_token'];
  const headers = {
    authorization: `Bearer ${String(manager)}`,
    'nhsd-session-urid': '656005754108',
    'content-type': 'application/x-ndjson',
  };
  const batch = randomUUID().slice(0, 8);
  const row = (at: number) => ({
    key: `${batch}-${at}`,
    given_name: 'Jo',
    family_name: `${batch}${at}`,
    birth_date: '1995-05-05',
    role_code: 'R8000',
  });
  const body = Array.from({ length: ROWS }, (_, at) => JSON.stringify(row(at))).join('\n');
  const send = (organization: string) =>
    client.send(`/care-identity/registration-authority/v1/organisations/${organization}/bulk-registrations`, {
      method: 'POST',
      headers,
      body,
    });
  let firstUser = '';
  await report.step({
    name: `I13 ${ROWS} registrations in a minute, others read on meanwhile`,
    run: async () => {
      const began = performance.now();
      const state = { done: false };
      const bulk = send('X09').finally(() => {
        state.done = true;
      });
      let slowest = 0;
      while (!state.done) {
        const asked = performance.now();
        const answer = await client.pds(reader, `/Patient/${PATIENT}`);
        if (answer.status === 200) slowest = Math.max(slowest, performance.now() - asked);
        await pause(250);
      }
      const answer = await bulk;
      const [first] = (answer.body['results'] ?? []) as readonly { readonly user: string }[];
      firstUser = first?.user ?? '';
      const took = performance.now() - began;
      process.stdout.write(
        `     ${ROWS} rows in ${Math.round(took)} ms; slowest read meanwhile ${Math.round(slowest)} ms\n`,
      );
      return [
        ...differs(answer, 200, { registered: ROWS, failed: 0 }),
        ...(took < MINUTE_MS ? [] : [`${Math.round(took)} ms`]),
      ];
    },
  });
  await report.step({
    name: 'I13 the same again changes nothing',
    run: async () => differs(await send('X09'), 200, { registered: 0, unchanged: ROWS }),
  });
  await report.step({
    name: 'I13 not for another organisation',
    run: async () => differs(await send('A20047'), 403, { error: 'other-organisation' }),
  });
  await report.step({
    name: 'I12 the role has the activities of its baseline and what they include',
    run: async () => {
      const path = `/care-identity/registration-authority/v1/users/${firstUser}`;
      const [role] = ((await client.send(path, { headers })).body['roles'] ?? []) as readonly {
        readonly activity_codes: readonly string[];
      }[];
      const codes = role?.activity_codes.join(' ');
      return codes === 'B0401 B0420 B0820 B0825' ? [] : [`activities are ${codes}`];
    },
  });
}
