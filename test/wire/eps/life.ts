/** The life of a prescription that a published view shows, lived again: its patient, its items, what was done with it. */
import { randomInt, randomUUID } from 'node:crypto';
import { nhsNumberCheckDigit } from '../../../src/nhs/nhs-number.ts';
import { exampleText } from '../eps-pack.ts';
import type { EpsPack } from '../eps-pack.ts';
import { at, isObject, listAt, textAt } from '../json.ts';
import type { WireAnswer } from '../wire-client.ts';
import { entriesOf } from './answers.ts';
import { Story, freshMessage } from './replay.ts';
import type { EpsClient } from './replay.ts';
import { parsed, text } from './tales.ts';
import type { Json } from './tales.ts';

const ACUTE = 'eps/primary-care/acute/nominated-pharmacy/medical-prescriber/1-Process-Request-Send-200_OK.json';
const ERD = 'eps/spec/prescribing/prescription-order/eRD-primary-example-req.json';
const CANCEL =
  'primary-care/acute/nominated-pharmacy/medical-prescriber/cancellations/2-Process-Request-Cancel-200_OK.json';
const NOTIFICATION = 'spec/dispensing/dispense-notification/acute-primary-example-01-req.json';
const TYPE = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionType';

/** What a view tells of an order. */
export interface Facts {
  readonly nhsNumber: string;
  /** Name, birth, address. */
  readonly patient?: Json;
  readonly practitioner?: Json;
  readonly organization?: Json;
  readonly prescriber: string;
  /** MedicationRequests of the view. */
  readonly requests: readonly Json[];
  /** Absent: nobody is nominated. */
  readonly nominee?: string;
  readonly type?: string;
  readonly repeat?: boolean;
  /** Of the whole supply. */
  readonly days?: number;
}

/** Nobody else's, so that lists hold this run's prescriptions only. */
export function freshNhsNumber(): string {
  for (;;) {
    const nine = `9${randomInt(0, 100_000_000).toString().padStart(8, '0')}`;
    const digit = nhsNumberCheckDigit(nine);
    if (digit !== null) return `${nine}${digit}`;
  }
}

export const ofType = (bundle: unknown, type: string): readonly Json[] =>
  entriesOf(bundle).flatMap(({ resource }) => (resource['resourceType'] === type ? [resource as Json] : []));

export function orderOf(pack: EpsPack, facts: Facts): Json {
  const template = parsed(exampleText(pack, facts.repeat === true ? ERD : ACUTE));
  let told = 0;
  const entry = listAt(template, 'entry').flatMap((one) => {
    const resource = at(one, 'resource');
    if (!isObject(one) || !isObject(resource)) return [];
    switch (resource['resourceType']) {
      case 'MedicationRequest': {
        const request = facts.requests[told++];
        return request === undefined ? [] : [{ ...one, resource: ordered(resource as Json, request, facts) }];
      }
      case 'Patient':
        return [{ ...one, resource: { ...resource, ...facts.patient, identifier: numbered(facts.nhsNumber) } }];
      case 'Practitioner':
        return [{ ...one, resource: { ...resource, ...facts.practitioner } }];
      case 'Organization':
        return [{ ...one, resource: { ...resource, ...facts.organization } }];
      default:
        return [one];
    }
  });
  return parsed(text({ ...template, entry }).replaceAll('"A83008"', `"${facts.prescriber}"`));
}

const numbered = (value: string) => [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value }];

function ordered(sent: Json, shown: Json, { days, nominee, type }: Facts): Json {
  const { performer: _performer, ...request } = sent['dispenseRequest'] as Json;
  const site = nominee === undefined ? '0004' : 'P1';
  const identifier = { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: nominee };
  const shownText = textAt(shown, 'medicationCodeableConcept/text');
  const coding = at(sent, 'medicationCodeableConcept/coding/0') as Json;
  const medication =
    shownText === ''
      ? (shown['medicationCodeableConcept'] ?? sent['medicationCodeableConcept'])
      : { coding: [{ ...coding, display: shownText }] };
  const dosage = textAt(shown, 'dosageInstruction/0/text');
  const dispenseRequest = {
    ...parsed(text(request).replace('"code":"P1"', `"code":"${site}"`)),
    quantity: { ...(request['quantity'] as Json), ...(at(shown, 'dispenseRequest/quantity') as Json) },
    ...(days === undefined
      ? {}
      : { expectedSupplyDuration: { ...(request['expectedSupplyDuration'] as Json), value: days } }),
    ...(nominee === undefined ? {} : { performer: { identifier } }),
  };
  const told = {
    ...sent,
    medicationCodeableConcept: medication,
    ...(dosage === '' ? {} : { dosageInstruction: [{ text: dosage }] }),
    dispenseRequest,
  };
  if (type === undefined) return told;
  const extension = listAt(sent, 'extension').map((one) =>
    textAt(one, 'url') === TYPE
      ? { url: TYPE, valueCoding: { system: 'https://fhir.nhs.uk/CodeSystem/prescription-type', code: type } }
      : one,
  );
  return { ...told, extension };
}

export class Life {
  readonly story: Story;
  readonly #client: EpsClient;

  constructor(pack: EpsPack, client: EpsClient, facts: Facts) {
    this.#client = client;
    this.story = new Story(pack, orderOf(pack, facts));
  }

  async order(): Promise<void> {
    done(await this.story.order(this.#client), 'order');
  }

  async release(ods: string, organization: Json = {}): Promise<void> {
    const wish = this.story.release(randomUUID());
    const parameter = listAt(wish, 'parameter').map((one) => {
      if (!isObject(one) || one['name'] !== 'owner') return one;
      return { ...one, resource: { ...(one['resource'] as Json), ...organization } };
    });
    const told = parsed(text({ ...wish, parameter }).replaceAll('"VNE51"', `"${ods}"`));
    done(await this.#client.eps('/Task/$release', told), 'release');
  }

  /** Whatever comes of it. */
  async cancel(index: number, reason: unknown): Promise<void> {
    const message = this.story.message(CANCEL);
    const entry = listAt(message, 'entry').map((one) => {
      const resource = at(one, 'resource');
      if (!isObject(resource) || resource['resourceType'] !== 'MedicationRequest') return one;
      const identifier = [
        { system: 'https://fhir.nhs.uk/Id/prescription-order-item-number', value: this.story.items[index] },
      ];
      return {
        ...(one as Json),
        resource: { ...resource, identifier, ...(reason === undefined ? {} : { statusReason: reason }) },
      };
    });
    await this.#client.eps('/$process-message', freshMessage({ ...message, entry }));
  }

  /** Lines are MedicationDispenses of a view: what came of each item. */
  async dispense(lines: readonly Json[], { ods, status }: { ods: string; status: string }): Promise<void> {
    const message = this.story.message(NOTIFICATION);
    let told = 0;
    const entry = listAt(message, 'entry').flatMap((one) => {
      const resource = at(one, 'resource');
      if (!isObject(resource)) return [];
      if (resource['resourceType'] === 'Organization')
        return [parsed(text(one as Json).replaceAll('"VNE51"', `"${ods}"`))];
      if (resource['resourceType'] !== 'MedicationDispense') return [one];
      const index = told++;
      const line = lines[index];
      return line === undefined
        ? []
        : [{ ...(one as Json), resource: this.#line(resource as Json, line, { index, status }) }];
    });
    done(await this.#client.eps('/$process-message', freshMessage({ ...message, entry })), 'dispense');
  }

  #line(sent: Json, line: Json, { index, status }: { index: number; status: string }): Json {
    const shownText = textAt(line, 'medicationCodeableConcept/text');
    const { quantity, dosageInstruction, statusReasonCodeableConcept, type } = line;
    const renamed = parsed(
      text(sent)
        .replace(
          /("system":"[^"]*\/prescription-order-item-number","value":)"[^"]*"/g,
          `$1"${this.story.items[index] ?? ''}"`,
        )
        .replace(
          /("url":"[^"]*Extension-EPS-TaskBusinessStatus","valueCoding":\{[^}]*"code":)"\d{4}"/,
          `$1"${status}"`,
        ),
    );
    return {
      ...renamed,
      type,
      ...(quantity === undefined ? {} : { quantity: { ...(sent['quantity'] as Json), ...(quantity as Json) } }),
      ...(dosageInstruction === undefined ? {} : { dosageInstruction }),
      ...(statusReasonCodeableConcept === undefined ? {} : { statusReasonCodeableConcept }),
      ...(shownText === ''
        ? {}
        : {
            medicationCodeableConcept: {
              coding: [{ system: 'http://snomed.info/sct', code: '1', display: shownText }],
            },
          }),
    };
  }

  /** The pharmacy's word on items, by the published update. */
  async update(
    pack: EpsPack,
    words: readonly { readonly index: number; readonly status: string; readonly at: Date }[],
  ): Promise<void> {
    const example = parsed(exampleText(pack, 'psu/request-dispatched.json'));
    const task = at(example, 'entry/0/resource') as Json;
    const entry = words.map(({ at: since, index, status }) => {
      const id = randomUUID();
      const final = ['Collected', 'Not Dispensed', 'Dispatched'].includes(status);
      const resource = {
        ...task,
        id,
        basedOn: [
          { identifier: { system: 'https://fhir.nhs.uk/Id/prescription-order-number', value: this.story.shortId } },
        ],
        status: final ? 'completed' : 'in-progress',
        businessStatus: {
          coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/task-businessStatus-nppt', code: status }],
        },
        focus: {
          identifier: {
            system: 'https://fhir.nhs.uk/Id/prescription-order-item-number',
            value: this.story.items[index],
          },
        },
        for: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: this.story.nhsNumber } },
        lastModified: since.toISOString(),
      };
      return { fullUrl: `urn:uuid:${id}`, resource, request: { method: 'POST', url: 'Task' } };
    });
    done(await this.#client.send('POST', '/prescription-status-update/', { ...example, entry }), 'update');
  }
}

/** What a view is made of has to succeed; only cancellations may be answered with more than one status. */
function done(answer: WireAnswer, what: string): void {
  if (answer.status >= 300) throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 400)}`);
}
