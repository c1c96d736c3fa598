/** The wished port, or the next one nobody listens on. */
import { createServer } from 'node:net';

const TRIES = 100;

export async function freePort(host: string, wished: number): Promise<number> {
  for (let port = wished; port < wished + TRIES; port++) {
    const found = await listening(host, port);
    if (found !== null) return found;
  }
  throw new Error(`no free port from ${wished} to ${wished + TRIES - 1}`);
}

function listening(host: string, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}
