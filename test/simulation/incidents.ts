/** What happens to shards and the national store besides single messages: at random times, each kind at its own rate. */
import type { Knob } from './knobs.ts';
import type { ShardHost } from './shard-host.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;

type Incident = (world: World, host: ShardHost) => void;

const lasting = (world: World, shard: number, states: Set<number>): void => {
  states.add(shard);
  world.after(world.faults.between(50, 3_000), 'state ends', () => states.delete(shard));
};

const INCIDENTS: Readonly<Partial<Record<Knob, Incident>>> = {
  crash: (world, host) => {
    if (!host.instance) return;
    world.mark('crash');
    host.giveUp('crash');
  },
  evict: (_world, host) => host.evict(),
  superseded: (_world, host) => host.supersede(),
  deploy: (world) => {
    world.mark('deploy');
    for (const host of world.hosts) host.giveUp('deploy');
  },
  clockJump: (world, host) => {
    world.mark('clock jump');
    host.skew = world.faults.pick([0, world.faults.between(-HOUR, HOUR), world.faults.between(-5_000, 5_000)]);
  },
  storageFull: (world, host) => lasting(world, host.shard, world.full),
  highWater: (world, host) => {
    host.database.bytes = 9_000_000_000;
    world.after(world.faults.between(50, 3_000), 'space again', () => (host.database.bytes = 0));
  },
  freeze: (world, host) => freeze(world, host),
  nationalOutage: (world) => {
    world.nationalDown = true;
    world.after(world.faults.between(100, 20_000), 'national store is back', () => (world.nationalDown = false));
  },
};

/** The lane is changed on the living instance, as an operator would; thawing waits for a living one. */
function freeze(world: World, host: ShardHost): void {
  if (!setPhase(host, 'frozen')) return;
  world.mark('frozen');
  world.frozen.add(host.shard);
  world.after(world.faults.between(50, 3_000), 'thaw', () => thaw(world, host));
}

export function thaw(world: World, host: ShardHost): void {
  if (!world.frozen.has(host.shard)) return;
  if (setPhase(host, 'live')) world.frozen.delete(host.shard);
  else world.after(100, 'thaw again', () => thaw(world, host));
}

function setPhase(host: ShardHost, phase: 'frozen' | 'live'): boolean {
  // A lane that is still on its way to the disk could be lost by a crash, and the ledger would not know.
  if (host.database.unconfirmed !== null) return false;
  try {
    host.start().engine?.setLane({ phase, master: 'ours', epoch: 1 });
  } catch {
    return false;
  }
  host.settleNow();
  return true;
}

export function startIncidents(world: World): void {
  for (const [knob, incident] of Object.entries(INCIDENTS) as [Knob, Incident][]) {
    const rate = world.knobs[knob];
    if (rate === 0) continue;
    const next = (): void =>
      void world.after(world.faults.exponential(1_000 / rate), knob, () => {
        if (world.knobs[knob] === 0) return;
        incident(world, world.faults.pick(world.hosts));
        next();
      });
    next();
  }
}
