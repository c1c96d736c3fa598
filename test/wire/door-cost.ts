/** node test/wire/door-cost.ts: processor time that the door takes for a bearer it knows, and for one it meets first. */
import { admit } from '../../src/routes/access.ts';
import { requestContext } from '../../src/routes/request-context.ts';
import { tokenIn, World } from '../routes/identity/world.ts';

const ROUNDS = 20_000;
const FIRST = 200;

async function microseconds(rounds: number, run: (round: number) => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  for (let round = 0; round < rounds; round++) await run(round);
  const { system, user } = process.cpuUsage(began);
  return Math.round(((user + system) / rounds) * 10) / 10;
}

const world = await World.make();
const contextOf = (token: string) =>
  requestContext(new Request('https://edge.test/x', { headers: { Authorization: `Bearer ${token}` } }), {
    spine: world.spine,
    settings: world.edge.settings,
    now: world.now,
  });
const known = contextOf(tokenIn(await world.userToken()));
await microseconds(2_000, () => admit(known));
process.stdout.write(`a bearer that is known   ${await microseconds(ROUNDS, () => admit(known))} µs\n`);
const tokens: string[] = [];
for (let at = 0; at < FIRST; at++) tokens.push(await world.appToken());
const first = await microseconds(FIRST, (round) => admit(contextOf(tokens[round] ?? '')));
process.stdout.write(`a bearer met first       ${first} µs\n`);
