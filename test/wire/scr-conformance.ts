/** Holds a running server against the summary care record's part of a specification pack: every example, and what follows. */
import { randomUUID } from 'node:crypto';
import { nhsNumberCheckDigit } from '../../src/nhs/nhs-number.ts';
import * as expected from './conformance/expect.ts';
import { at, listAt, textAt, without } from './json.ts';
import type { WireOptions } from './options.ts';
import type { Report } from './report.ts';
import { ScrClient, scrExample, scrSeed } from './scr-pack.ts';
import type { WireAnswer } from './wire-client.ts';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

type Bundle = { entry: { fullUrl: string; resource: Record<string, unknown> }[] };

/** An upload of the pack under an event id and a patient of its own, so that a run can be repeated. */
interface Upload {
  readonly id: string;
  readonly nhsNumber: string;
  readonly bundle: Bundle;
}

/** Valid numbers outside the pack and the synthetic population, other ones in every run. */
function freshNumber(): string {
  for (;;) {
    const stem = `987${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`;
    const digit = nhsNumberCheckDigit(stem);
    if (digit !== null) return stem + String(digit);
  }
}

function fresh(bundle: unknown, nhsNumber = freshNumber()): Upload {
  const copy = structuredClone(bundle) as Bundle;
  const id = randomUUID().toUpperCase();
  for (const { resource } of copy.entry) {
    if (resource['resourceType'] === 'Composition') (resource['identifier'] as { value: string }).value = id;
    if (resource['resourceType'] === 'Patient')
      (resource['identifier'] as { value: string }[])[0] = { system: NHS, value: nhsNumber } as never;
  }
  return { id, nhsNumber, bundle: copy };
}

const text = (answer: WireAnswer): string => textAt(answer.body, 'issue/0/details/text');

const refusal = (answer: WireAnswer, status: number, wording: string): readonly string[] => [
  ...expected.status(answer, status),
  ...expected.same(text(answer), wording),
];

const idPath = (nhsNumber: string): string => `/DocumentReference?patient=${NHS}|${nhsNumber}`;
const bundlePath = ({ id, nhsNumber }: Pick<Upload, 'id' | 'nhsNumber'>): string =>
  `/Bundle?composition.identifier=${id}&composition.subject:Patient.identifier=${NHS}|${nhsNumber}`;

class Steps {
  readonly #client: ScrClient;
  readonly #report: Report;
  readonly #specs: string;

  constructor(client: ScrClient, report: Report, specs: string) {
    this.#client = client;
    this.#report = report;
    this.#specs = specs;
  }

  example(name: string): unknown {
    return scrExample(this.#specs, name);
  }

  async all(): Promise<void> {
    await this.#uploads();
    await this.#roundTrip();
    await this.#permission();
    await this.#alerts();
  }

  async #uploads(): Promise<void> {
    const folder = 'additional-information';
    const names = [
      'advice',
      'diagnoses',
      'empty-html-tags',
      'events',
      'investigations',
      'no-non-core',
      'observations',
      'one-risk-to-patient',
      'preferences',
      'procedures',
      'treatments',
      'withheld-information',
    ];
    for (const name of ['spec/UploadScrBundle', 'upload/bulk.request', ...names.map((one) => `${folder}/${one}`)]) {
      await this.#report.step({
        name: `scr upload ${name}`,
        run: async () => {
          const upload = fresh(this.example(name));
          const stored = await this.#client.send('POST', '/Bundle', upload.bundle);
          const read = await this.#client.send('GET', bundlePath(upload));
          return [
            ...expected.status(stored, 201),
            ...expected.same(stored.text, ''),
            ...expected.status(read, 200),
            ...expected.same(listAt(read.body, 'entry').length, Number(at(read.body, 'total'))),
            ...expected.same(textAt(read.body, 'entry/0/resource/id'), upload.id),
          ];
        },
      });
    }
    await this.#report.step({
      name: 'scr upload missing composition',
      run: async () => {
        const answer = await this.#client.send('POST', '/Bundle', this.example('upload/missing-composition.request'));
        return [
          ...expected.status(answer, 400),
          ...expected.same(answer.body, this.example('upload/missing-composition.response')),
        ];
      },
    });
  }

  /** Ids are ours to choose and the pack's own differ between its two files, so types, order and content are compared. */
  async #roundTrip(): Promise<void> {
    const upload = fresh(this.example('spec/UploadScrBundle'));
    await this.#client.send('POST', '/Bundle', upload.bundle);
    await this.#report.step({
      name: 'scr retrieve GetScrBundle',
      exception:
        "ids are those of the upload; an empty cell is written '<td></td>'; sections are rebuilt from their HTML, so without `entry`; blanks between elements are not compared",
      run: async () => {
        const answer = await this.#client.send('GET', bundlePath(upload));
        const told = (bundle: unknown) => listAt(bundle, 'entry').map((entry) => comparable(at(entry, 'resource')));
        return expected.same(told(answer.body), told(this.example('spec/GetScrBundle')));
      },
    });
    await this.#report.step({
      name: 'scr id DocumentReferenceBundle',
      exception: 'the live service has a space before the display',
      run: async () => {
        const none = await this.#client.send('GET', idPath(freshNumber()));
        const found = await this.#client.send('GET', idPath(upload.nhsNumber));
        const names = ['id', 'fullUrl', 'reference', 'value', 'url', 'code'];
        return [
          ...expected.same(
            without(none.body, ['id']),
            without(this.example('document-reference/none.response'), ['id']),
          ),
          ...expected.same(
            without(found.body, names),
            without(this.example('document-reference/found.response'), names),
          ),
          ...expected.same(textAt(found.body, 'entry/0/resource/masterIdentifier/value'), upload.id),
        ];
      },
    });
    await this.#report.step({
      name: 'scr replace and duplicate',
      run: async () => {
        const next = fresh(this.example('spec/UploadScrBundle'), upload.nhsNumber);
        const stored = await this.#client.send('POST', '/Bundle', next.bundle);
        const older = await this.#client.send('GET', bundlePath(upload));
        const again = await this.#client.send('POST', '/Bundle', upload.bundle);
        return [
          ...expected.status(stored, 201),
          ...expected.same(at(older.body, 'total'), 0),
          ...refusal(
            again,
            400,
            `[PSIS-30134] - Duplicate event with eventId ${upload.id} and nhsNumber ${upload.nhsNumber}.`,
          ),
        ];
      },
    });
  }

  async #permission(): Promise<void> {
    await this.#report.step({
      name: 'scr set-permission',
      run: async () => {
        const missing = await this.#client.send(
          'POST',
          '/$setPermission',
          this.example('set-permission/nhs-number-missing.request'),
        );
        const taken = await this.#client.send('POST', '/$setPermission', this.example('spec/SetPermission'));
        return [
          ...expected.status(missing, 400),
          ...expected.same(missing.body, this.example('set-permission/nhs-number-missing.response')),
          ...expected.status(taken, 201),
        ];
      },
    });
    await this.#report.step({
      name: 'scr dissent',
      run: async () => {
        const upload = fresh(this.example('upload/bulk.request'));
        await this.#client.send('POST', '/Bundle', upload.bundle);
        await this.#client.setPermission(upload.nhsNumber, 'No');
        const dissent = this.example('retrieve/dissent.response');
        const answers = [
          await this.#client.send('GET', idPath(upload.nhsNumber)),
          await this.#client.send('GET', bundlePath(upload)),
          await this.#client.send('POST', '/Bundle', fresh(upload.bundle, upload.nhsNumber).bundle),
        ];
        return answers.flatMap((answer) => [...expected.status(answer, 403), ...expected.same(answer.body, dissent)]);
      },
    });
  }

  async #alerts(): Promise<void> {
    const cases = [
      ['spec/AuditEvent', 201, null],
      ['audit-event/validator/success', 201, null],
      ['audit-event/validator/free_text', 201, null],
      [
        'audit-event/validator/subtype_range',
        400,
        "Invalid or missing value in field 'subtype.code'. Supported values are: 1, 2, 3, 4, 5, 6",
      ],
      [
        'audit-event/validator/type_subtype_combination_24',
        400,
        "Invalid combination of alert type '2' and alert subtype '4'.",
      ],
      [
        'audit-event/missing-nhs-number.request',
        400,
        `Missing 'agent' entry with 'who.identifier.system' '${NHS}' and non-empty 'value'`,
      ],
      // The pack's text stands for whatever number the upstream refused.
      ['audit-event/spine-rejects.request', 400, "Invalid value - 9999999998 in field 'NHS_NUMBER'"],
    ] as const;
    for (const [name, status, wording] of cases) {
      await this.#report.step({
        name: `scr alert ${name}`,
        run: async () => {
          const answer = await this.#client.send('POST', '/AuditEvent', this.example(name));
          return wording === null ? expected.status(answer, status) : refusal(answer, status, wording);
        },
      });
    }
  }
}

/** A resource without its ids, its narrative without blanks, its empty cells in one form. */
function comparable(resource: unknown): unknown {
  const bare = without(resource, [
    'id',
    'reference',
    'identifier',
    ...(at(resource, 'resourceType') === 'Composition' ? ['entry'] : []),
  ]);
  const told = JSON.stringify(bare)
    .replaceAll('<td/>', '<td></td>')
    .replaceAll(/(?:\\n|\s)+/g, ' ');
  return JSON.parse(told.replaceAll('> <', '><').replaceAll('> ', '>').replaceAll(' <', '<')) as unknown;
}

/** Says so where the pack has no such part. */
export async function scrConformance(
  specs: string,
  { target }: Pick<WireOptions, 'target'>,
  report: Report,
): Promise<void> {
  const seed = scrSeed(specs);
  if (seed === null) {
    report.skip('scr', 'the pack has no scr/seed.json');
    return;
  }
  await new Steps(new ScrClient(target, seed.user.defaultURID), report, specs).all();
}
