/** The feature rows of MESH as steps against a running server with the mailboxes of the public sandbox. */
import type { MeshClient } from '../../support/mesh-client.ts';
import type { MeshTarget } from '../mesh-pack.ts';
import type { Step } from '../report.ts';
import { ACCESS_FEATURES } from './access-features.ts';
import { CHUNK_FEATURES } from './chunk-features.ts';
import { World } from './expectations.ts';
import { MESSAGE_FEATURES } from './message-features.ts';
import { SYSTEM_FEATURES } from './system-features.ts';

export const FEATURES = [...ACCESS_FEATURES, ...MESSAGE_FEATURES, ...CHUNK_FEATURES, ...SYSTEM_FEATURES];

export function features(client: MeshClient, { target, token }: MeshTarget): readonly Step[] {
  return FEATURES.map(({ name, check }) => ({
    name,
    run: async () => {
      const world = new World(client, target, token);
      await check(world);
      return world.expect.wrong;
    },
  }));
}
