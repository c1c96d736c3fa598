/** nhs-mesh-client, the JavaScript client of NHS England's own npm package: told the URL and nothing else. */
import { randomBytes } from 'node:crypto';
import { registerHooks } from 'node:module';
import type { LoadHookSync } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as expected from '../conformance/expect.ts';
import { at, listAt } from '../json.ts';
import { runCommand } from './run-command.ts';

const LIBRARY = 'nhs-mesh-client@1.0.9';
/** The client cuts at 10 MiB: three chunks. */
const LARGE = `${randomBytes(64).toString('hex')}\n`.repeat(200_000);

interface Access {
  readonly url: string;
  readonly mailboxID: string;
  readonly mailboxPassword: string;
  readonly sharedKey: string;
}

interface Answer {
  readonly status?: number;
  readonly data?: unknown;
}

/** Failures come back as values, errors of axios among them. */
interface MeshLibrary {
  handShake(access: Access): Promise<Answer>;
  sendMessage(wish: Access & { mailboxTarget: string; message: unknown; compressed?: boolean }): Promise<Answer>;
  sendChunkedMessage(wish: Access & { mailboxTarget: string; fileContent: Buffer }): Promise<Answer>;
  getMessageCount(access: Access): Promise<Answer>;
  readMessage(wish: Access & { messageID: string }): Promise<Answer>;
  markAsRead(wish: Access & { message: string }): Promise<Answer>;
}

/** The mailboxes of the public sandbox, which the client has as its own defaults. */
const mailbox = (url: string, mailboxID: string): Access => ({
  url,
  mailboxID,
  mailboxPassword: 'password',
  sharedKey: 'TestKey',
});

export async function checkMeshClient(target: string, folder: string): Promise<readonly string[]> {
  const installed = await runCommand(
    'npm',
    ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', LIBRARY],
    folder,
  );
  if (installed.code !== 0) return ['the library could not be installed', ...installed.out.split('\n').slice(-5)];
  const entry = pathToFileURL(join(folder, 'node_modules', 'nhs-mesh-client', 'index.js')).href;
  const hooks = registerHooks({ load: withToday });
  const library = (await import(entry)) as MeshLibrary;
  hooks.deregister();
  const [sender, recipient] = [mailbox(target, 'X26ABC1'), mailbox(target, 'X26ABC2')];
  const to = { ...sender, mailboxTarget: recipient.mailboxID };
  await emptied(library, recipient);
  return [
    ...expected.same((await library.handShake(sender)).status, 200),
    ...(await conveyed(library, recipient, await library.sendMessage({ ...to, message: 'This is a test' }), {
      status: 200,
      data: 'This is a test',
    })),
    ...(await conveyed(
      library,
      recipient,
      await library.sendMessage({ ...to, message: { text: 'packed' }, compressed: true }),
      { status: 200, data: { text: 'packed' } },
    )),
    ...(await conveyed(
      library,
      recipient,
      await library.sendChunkedMessage({ ...to, fileContent: Buffer.from(LARGE) }),
      { status: 206, data: LARGE },
    )),
    ...(await stranger(library, sender)),
  ];
}

/** The library imports JSON in a syntax that Node has dropped; its files stay as they were installed. */
const withToday: LoadHookSync = (url, context, next) => {
  const loaded = next(url, context);
  const { source } = loaded;
  if (!url.includes('/nhs-mesh-client/') || loaded.format !== 'module' || source === undefined || source === null)
    return loaded;
  const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8');
  return { ...loaded, source: text.replace(/ assert \{ type: "json" \}/, ' with { type: "json" }') };
};

/** What was sent is listed, comes down as it went up, and is gone once it is marked as read. */
async function conveyed(
  library: MeshLibrary,
  recipient: Access,
  sent: Answer,
  wanted: Answer,
): Promise<readonly string[]> {
  const waiting = (await library.getMessageCount(recipient)).data;
  const [messageID] = listAt(waiting, 'messages') as readonly string[];
  if (messageID === undefined) return [`sent with ${sent.status}, yet the inbox is empty`];
  const read = await library.readMessage({ ...recipient, messageID });
  const marked = await library.markAsRead({ ...recipient, message: messageID });
  const left = (await library.getMessageCount(recipient)).data;
  return [
    ...expected.same(sent.status, 202),
    ...expected.same(at(waiting, 'approx_inbox_count'), 1),
    ...expected.same(read.status, wanted.status),
    ...expected.that(JSON.stringify(read.data) === JSON.stringify(wanted.data), `other bytes came back: ${messageID}`),
    ...expected.same(marked.status, 200),
    ...expected.same(listAt(left, 'messages').length, 0),
  ];
}

/** Leftovers of other clients. */
async function emptied(library: MeshLibrary, recipient: Access): Promise<void> {
  const waiting = (await library.getMessageCount(recipient)).data;
  for (const message of listAt(waiting, 'messages') as readonly string[])
    await library.markAsRead({ ...recipient, message });
}

async function stranger(library: MeshLibrary, sender: Access): Promise<readonly string[]> {
  const refused = await library.getMessageCount({ ...sender, mailboxPassword: 'wrong' });
  return expected.that(refused.status === 403, `a wrong password is answered ${refused.status}`);
}
