import type { MeshClient } from '../../support/mesh-client.ts';
import type { MeshPack, MeshTarget } from '../mesh-pack.ts';
import type { Step } from '../report.ts';

export function features(_client: MeshClient, _pack: MeshPack, _target: MeshTarget): readonly Step[] {
  return [];
}
