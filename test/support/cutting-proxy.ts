/** A wire between client and server that can be cut at any moment, and led to another server. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export class CuttingProxy {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #port = 0;
  cuts = 0;

  private constructor() {
    this.#server = createServer((client) => this.#join(client));
  }

  static async to(url: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy();
    proxy.lead(url);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** New connections go there. */
  lead(url: string): void {
    this.#port = Number(new URL(url).port);
  }

  /** Every connection ends at once, whatever is on its way. */
  cut(): void {
    if (this.#open.size > 0) this.cuts++;
    for (const socket of this.#open) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = connect(this.#port, '127.0.0.1');
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(one);
      one.on('data', (bytes) => void other.write(bytes));
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
    }
  }
}
