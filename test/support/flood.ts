/** A process of its own that asks one address at a steady rate and tells how often which status came: URL, per second, ms, method. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

const [url = '', perSecond = '0', milliseconds = '0', method = 'GET'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
/** The reason is what taking a flag away needs; nothing else looks at it. */
const headers = () => ({ 'X-Request-ID': randomUUID(), 'x-removal-reason': 'flood' });
const statuses = new Map<number, number>();
let open = 0;

function ask(): void {
  open++;
  const sent = request(url, { method, agent, headers: headers() }, (response) => {
    const status = response.statusCode ?? 0;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    response.resume();
    response.on('end', () => open--);
  });
  sent.on('error', () => {
    open--;
    statuses.set(0, (statuses.get(0) ?? 0) + 1);
  });
  sent.end();
}

const started = performance.now();
let asked = 0;
const timer = setInterval(() => {
  const elapsed = performance.now() - started;
  if (elapsed < Number(milliseconds)) {
    for (const due = (elapsed / 1000) * Number(perSecond); asked < due; asked++) ask();
  } else if (open === 0) {
    clearInterval(timer);
    agent.destroy();
    process.stdout.write(JSON.stringify(Object.fromEntries(statuses)));
  }
}, 4);
