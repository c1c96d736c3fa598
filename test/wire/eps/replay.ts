/** Replays messages of the public examples: ids made fresh in every run, dates brought to today, orders signed anew. */
import { createSign, randomBytes, randomUUID } from 'node:crypto';
import { checkedPrescriptionId } from '../../../src/nhs/prescription-id.ts';
import { isObject, listAt, textAt } from '../json.ts';
import type { WireAnswer } from '../wire-client.ts';
import type { EpsPack } from '../eps-pack.ts';
import { exampleText } from '../eps-pack.ts';

type Json = Record<string, unknown>;

const DSIG = ' xmlns="http://www.w3.org/2000/09/xmldsig#"';

export class EpsClient {
  readonly #target: string;

  constructor(target: string) {
    this.#target = target;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WireAnswer> {
    const sent = { 'x-request-id': randomUUID(), 'content-type': 'application/fhir+json', ...headers };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const init = { method, headers: sent, ...(body === undefined ? {} : { body: text }) };
    const response = await fetch(new URL(path, this.#target), init);
    const told = await response.text();
    const parsed: unknown = told.startsWith('{') ? JSON.parse(told) : null;
    return { status: response.status, headers: response.headers, body: parsed, text: told };
  }

  eps(path: string, body: unknown): Promise<WireAnswer> {
    return this.send('POST', `/electronic-prescriptions/FHIR/R4${path}`, body);
  }

  find(path: string): Promise<WireAnswer> {
    return this.send('GET', `/electronic-prescriptions/FHIR/R4${path}`);
  }
}

/** One prescription with ids of its own, and the examples told with them. */
export class Story {
  readonly shortId: string;
  readonly nhsNumber: string;
  readonly items: readonly string[];
  readonly #pack: EpsPack;
  readonly #order: Json;
  readonly #ids = new Map<string, string>();
  /** The signed order as it was sent last. */
  sent: object = {};

  /** An example, or an order of the same form. */
  constructor(pack: EpsPack, order: string | Json, now = new Date()) {
    this.#pack = pack;
    const text = typeof order === 'string' ? exampleText(pack, `eps/${order}`) : JSON.stringify(order);
    const old = JSON.parse(text) as Json;
    const shortIds = /[A-F0-9]{6}-[A-Z0-9]{6}-[A-F0-9]{5}[A-Z0-9+]/.exec(text)?.[0] ?? '';
    const stem = `${randomBytes(3).toString('hex')}-${shortIds.slice(7, 13)}-${randomBytes(3).toString('hex').slice(0, 5)}`;
    this.shortId = checkedPrescriptionId(stem.toUpperCase());
    this.#ids.set(shortIds, this.shortId);
    this.#order = this.#fresh(text, now);
    const requests = resourcesOf(this.#order, 'MedicationRequest');
    this.items = requests.map((request) => textAt(request, 'identifier/0/value'));
    this.nhsNumber = textAt(resourcesOf(this.#order, 'Patient')[0], 'identifier/0/value');
    if (resourcesOf(old, 'MedicationRequest').length !== this.items.length) throw new Error('an item was lost');
  }

  /** Message ids, long ids and item ids are replaced by others, the same way in all messages of the story. */
  #fresh(text: string, now: Date): Json {
    const bundle = JSON.parse(text) as Json;
    const ids = [
      textAt(bundle, 'identifier/value'),
      ...resourcesOf(bundle, 'MedicationRequest').flatMap((request) => [
        textAt(request, 'identifier/0/value'),
        textAt(request, 'groupIdentifier/extension/0/valueIdentifier/value'),
      ]),
    ];
    for (const id of ids) if (id !== '' && !this.#ids.has(id)) this.#ids.set(id, randomUUID());
    const renamed = JSON.parse(this.#renamed(text)) as Json;
    return datesShifted(renamed, now) as Json;
  }

  #renamed(text: string): string {
    let renamed = text;
    for (const [old, fresh] of this.#ids)
      renamed = renamed.replace(new RegExp(old.replaceAll('+', '\\+'), 'gi'), fresh);
    return renamed;
  }

  /** The order without its signature, signed by the certificate of the pack. */
  async order(client: EpsClient): Promise<WireAnswer> {
    const entry = listAt(this.#order, 'entry').filter((one) => textAt(one, 'resource/resourceType') !== 'Provenance');
    const unsigned = { ...this.#order, entry };
    const prepared = await client.eps('/$prepare', unsigned);
    if (prepared.status !== 200) return prepared;
    const [digest = '', timestamp = ''] = listAt(prepared.body, 'parameter').map((one) => textAt(one, 'valueString'));
    const who = resourcesOf(this.#order, 'MedicationRequest')[0]?.['requester'];
    const [told = {}] = resourcesOf(this.#order, 'Provenance');
    const provenance = {
      resourceType: 'Provenance',
      target: [],
      ...told,
      id: randomUUID(),
      recorded: timestamp,
      agent: [{ who }],
      signature: [{ type: listAt(told, 'signature/0/type'), when: timestamp, who, data: this.#signature(digest) }],
    };
    this.sent = { ...unsigned, entry: [...entry, { fullUrl: `urn:uuid:${provenance.id}`, resource: provenance }] };
    return client.eps('/$process-message', this.sent);
  }

  /** The order as it stands, with whatever signature it has. */
  orderUnsigned(client: EpsClient): Promise<WireAnswer> {
    this.sent = this.#order;
    return client.eps('/$process-message', this.sent);
  }

  orderAgain(client: EpsClient): Promise<WireAnswer> {
    return client.eps('/$process-message', this.sent);
  }

  /** A release by id, as the published ones are made. */
  release(id: string): Json {
    return { ...this.message('spec/dispense/Patient-Request-Release-200_OK.json'), id };
  }

  #signature(digest: string): string {
    const { base64, privateKey } = this.#pack.signer;
    const info = Buffer.from(digest, 'base64').toString();
    const value = createSign('RSA-SHA256').update(info).sign(privateKey, 'base64');
    const key = `<KeyInfo><X509Data><X509Certificate>${base64}</X509Certificate></X509Data></KeyInfo>`;
    const document = `<Signature${DSIG}>${info.replace(DSIG, '')}<SignatureValue>${value}</SignatureValue>${key}</Signature>`;
    return Buffer.from(document).toString('base64');
  }

  /** Another message of the examples, told of this prescription: its id, its patient, its items in order, dates of today. */
  message(example: string, now = new Date()): Json {
    const text = exampleText(this.#pack, `eps/${example}`);
    const message = datesShifted(JSON.parse(this.#renamed(text)), now) as Json;
    const renamed = JSON.stringify(message)
      .replace(/[A-F0-9]{6}-[A-Z0-9]{6}-[A-F0-9]{5}[A-Z0-9+]/g, this.shortId)
      .replace(/("system":"https:\/\/fhir\.nhs\.uk\/Id\/nhs-number","value":)"\d{10}"/g, `$1"${this.nhsNumber}"`);
    return this.#itemsInOrder(JSON.parse(renamed) as Json);
  }

  /** Public examples of one story name items that its order does not have: the nth of them is the nth ordered. */
  #itemsInOrder(message: Json): Json {
    const known = new Set(this.items);
    const text = JSON.stringify(message);
    const pattern = /"system":"https:\/\/fhir\.nhs\.uk\/Id\/prescription-order-item-number","value":"([^"]+)"/g;
    const told = [...new Set([...text.matchAll(pattern)].map(([, id]) => id ?? ''))];
    const strangers = told.filter((id) => !known.has(id));
    const free = this.items.filter((id) => !told.includes(id));
    const renamed = strangers.reduce((whole, id, index) => {
      const item = free[index];
      return item === undefined ? whole : whole.replaceAll(`"${id}"`, `"${item}"`);
    }, text);
    return JSON.parse(renamed) as Json;
  }
}

/** Under an id of its own. */
export const freshMessage = (message: Json): Json => {
  const identifier = message['identifier'];
  if (Array.isArray(identifier)) {
    const system = 'https://tools.ietf.org/html/rfc4122';
    return { ...message, identifier: [{ system, value: randomUUID() }] };
  }
  return identifier === undefined
    ? message
    : { ...message, identifier: { system: 'https://tools.ietf.org/html/rfc4122', value: randomUUID() } };
};

export const resourcesOf = (bundle: unknown, type: string): Json[] =>
  listAt(bundle, 'entry').flatMap((entry) => {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    return isObject(resource) && resource['resourceType'] === type ? [resource as Json] : [];
  });

const DATED = new Set(['authoredOn', 'created', 'whenHandedOver', 'whenPrepared', 'recorded', 'when']);

/** Validity begins today, ends in ten months; what was done is done now. Birth dates and reviews stay. */
function datesShifted(value: unknown, now: Date): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => datesShifted(item, now));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (DATED.has(name) && typeof item === 'string') return [name, `${now.toISOString().slice(0, 19)}+00:00`];
      if (name === 'validityPeriod' && isObject(item)) return [name, period(item, now)];
      return [name, datesShifted(item, now)];
    }),
  );
}

function period(item: Readonly<Record<string, unknown>>, now: Date): object {
  const end = new Date(now.getTime() + 300 * 86_400_000);
  return {
    ...item,
    ...('start' in item ? { start: now.toISOString().slice(0, 10) } : {}),
    ...('end' in item ? { end: end.toISOString().slice(0, 10) } : {}),
  };
}
