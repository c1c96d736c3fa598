/** Whether an answer may be what it is, given the account that the ledgers keep. */
import type { Outcome } from '../../src/engine/envelope.ts';
import { digestOf } from './call.ts';
import type { Answer, Call } from './call.ts';
import type { WishKind } from './plan.ts';
import type { World } from './world.ts';

type Replied = Extract<Outcome, { kind: 'replied' }>;

/** Refusals that a wish may meet in its domain, besides those of the engine. */
const DOMAIN_REFUSALS: Readonly<Record<WishKind, readonly string[]>> = {
  add: [],
  'dry-add': [],
  stay: [],
  throw: [],
  import: [],
  refuse: ['no-more'],
  reuse: ['request-id-reused'],
  create: ['number-in-use'],
  patch: ['RESOURCE_NOT_FOUND', 'INVALID_UPDATE'],
  coverage: ['RESOURCE_NOT_FOUND'],
  read: ['RESOURCE_NOT_FOUND', 'unknown'],
  mirror: ['RESOURCE_NOT_FOUND', 'unknown'],
};

/** 'again': the same request is to be sent once more. Late answers are judged like first ones. */
export function judge(world: World, call: Call, answer: Answer): 'again' | 'settled' {
  if (!('kind' in answer)) return judgeImport(world, call, JSON.stringify(answer), answer.stored > 0);
  switch (answer.kind) {
    case 'unavailable':
      world.mark('overloaded');
      return 'again';
    case 'moved':
      world.fail('I11', `${call.name} was sent elsewhere`);
      return 'settled';
    case 'refused':
      return judgeRefusal(world, call, answer.code);
    case 'replied':
      return judgeReply(world, call, answer);
  }
}

function judgeImport(world: World, call: Call, answer: string, stored: boolean): 'settled' {
  sameAnswer(world, call, answer);
  if (!stored) return 'settled';
  const chunk = `chunk-${call.wish.id}`;
  const ledger = world.ledgerOf(call.wish.key);
  if (!ledger.effects.has(`import/${chunk}`)) world.fail('I1', `${chunk} was acknowledged and is not there`);
  ledger.promisedEffects.add(`import/${chunk}`);
  const { version } = world.importedBytes(chunk);
  observe(world, call, { effect: 'wrote', version });
  return 'settled';
}

function judgeRefusal(world: World, call: Call, code: string): 'again' | 'settled' {
  const { wish, name } = call;
  world.mark(`refused ${code}`);
  if (code === 'not-ours') {
    if (world.drawn.misroute === 0) world.fail('L01', `${name} was refused by its own shard`);
    return 'again';
  }
  if (wish.kind !== 'mirror') promiseAccess(world, call);
  if (code === 'version-mismatch' && call.expected !== null) {
    const version = world.newestVersion(wish);
    observe(world, call, { effect: 'mismatch', version, expected: call.expected });
    call.client.known.set(`${wish.record}/${wish.key}`, version);
    return 'settled';
  }
  if (code === 'read-only' && (world.drawn.freeze > 0 || world.drawn.highWater > 0)) return 'settled';
  if (!DOMAIN_REFUSALS[wish.kind].includes(code)) world.fail('I11', `${name} (${wish.kind}) was refused with ${code}`);
  const unseen = code === 'RESOURCE_NOT_FOUND' || code === 'unknown';
  if (unseen && !call.settled) observe(world, call, { effect: 'saw', version: 0 });
  return 'settled';
}

function judgeReply(world: World, call: Call, answer: Replied): 'settled' {
  const { wish, name, client } = call;
  if (call.misuses) world.fail('I3', `${name} was answered under another fingerprint`);
  if (answer.replayed) world.mark('replayed');
  if (wish.kind === 'dry-add') return 'settled';
  if (answer.effect === 'accepted') judgeEffect(world, call, answer);
  else {
    if (wish.kind === 'read') promiseAccess(world, call);
    if (answer.effect === 'found') judgeSeen(world, call, answer);
    if (!call.settled) observe(world, call, { effect: 'saw', version: answer.version, ...seenDigest(answer) });
  }
  const record = `${wish.record}/${wish.key}`;
  client.known.set(record, Math.max(client.known.get(record) ?? 0, answer.version));
  return 'settled';
}

const seenDigest = (answer: Replied) => (answer.effect === 'found' ? { digest: digestOf(answer.body) } : {});

function judgeEffect(world: World, call: Call, answer: Replied): void {
  const { wish, name, client } = call;
  const version = world.ledgerOf(wish.key).effects.get(name);
  if (version === undefined) world.fail('I1', `${name} was acknowledged and is not there`);
  else if (version !== answer.version)
    world.fail('I3', `${name} made version ${version} and was told ${answer.version}`);
  world.ledgerOf(wish.key).promisedEffects.add(name);
  sameAnswer(world, call, `${answer.version} ${answer.body} ${JSON.stringify(answer.attributes)}`);
  if (call.settled) return;
  client.accepted.push(call);
  observe(world, call, {
    effect: 'wrote',
    version: answer.version,
    ...(call.expected === null ? {} : { expected: call.expected }),
  });
}

function judgeSeen(world: World, call: Call, answer: Replied): void {
  const { wish } = call;
  const stored = world.ledgerOf(wish.key).versions.get(`${wish.record}/${wish.key}/${answer.version}`);
  if (stored?.body !== answer.body)
    world.fail('I9', `${call.name} saw what ${wish.key} at ${answer.version} never was`);
}

function sameAnswer(world: World, call: Call, answer: string): void {
  call.answer ??= answer;
  if (call.answer !== answer) world.fail('I3', `${call.name} was answered differently: ${call.answer} / ${answer}`);
}

/** Nothing is seen and nothing refused without a durable trace. */
function promiseAccess(world: World, { wish, name, misuses }: Call): void {
  const ledger = world.ledgerOf((misuses?.wish ?? wish).key);
  if (!ledger.accesses.has(name)) world.fail('I4', `${name} left no trace`);
  ledger.promisedAccesses.add(name);
}

function observe(
  world: World,
  call: Call,
  seen: { effect: 'wrote' | 'saw' | 'mismatch'; version: number; expected?: number; digest?: string },
): void {
  if (call.misuses || call.settled) return;
  const record = `${call.wish.record}/${call.wish.key}`;
  world.history.push({ record, invoked: call.invoked, returned: world.moment(), ...seen });
}
