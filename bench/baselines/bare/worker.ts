/** The floor of the platform: a Worker and actors that read a string or insert one durable row, and nothing of ours. */
import { DurableObject } from 'cloudflare:workers';

interface BareEnv {
  readonly ACTOR: DurableObjectNamespace<BareActor>;
}

/** About the size of a Patient body. */
const BODY = 'x'.repeat(2400);

export class BareActor extends DurableObject<BareEnv> {
  constructor(context: DurableObjectState, env: BareEnv) {
    super(context, env);
    context.storage.sql.exec('CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  }

  read(): string {
    return BODY;
  }

  write(): string {
    this.ctx.storage.sql.exec('INSERT INTO entry (text) VALUES (?)', 'x');
    return 'written';
  }
}

export default {
  async fetch(request: Request, env: BareEnv): Promise<Response> {
    const [, action, shard] = new URL(request.url).pathname.split('/');
    if (action === 'hello') return new Response('hello');
    if (shard === undefined) return new Response('unknown', { status: 404 });
    const actor = env.ACTOR.get(env.ACTOR.idFromName(shard));
    if (action === 'read') return new Response(await actor.read());
    if (action === 'write') return new Response(await actor.write());
    return new Response('unknown', { status: 404 });
  },
} satisfies ExportedHandler<BareEnv>;
