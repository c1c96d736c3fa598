/** What patients see, against the published answers: every prescription shown there is lived again. */
import { publishedAnswer } from '../eps-pack.ts';
import { at, listAt, textAt } from '../json.ts';
import { answerStep } from './answers.ts';
import { Life, freshNhsNumber, ofType } from './life.ts';
import type { EpsWorld } from './stories.ts';
import type { Json } from './tales.ts';

const BUNDLE = '/prescriptions-for-patients/Bundle';
const DAY_MS = 86_400_000;

const VIEWS = ['success', 'success-multiple', 'success-multiple-cancelled', 'success-ready-dispatch'];

export async function checkPatientViews(world: EpsWorld): Promise<void> {
  const { client, pack, report } = world;
  for (const name of VIEWS) {
    const path = `pfp/success/${name}.json`;
    await report.step(
      answerStep(pack, {
        name: `pfp ${name}`,
        published: { path, status: 200 },
        run: async () => {
          const nhsNumber = freshNhsNumber();
          const shown = listAt(publishedAnswer(pack, path), 'entry').map((one) => at(one, 'resource'));
          // The newest stands first.
          for (const collection of shown.toReversed()) await lived(world, collection, nhsNumber);
          return client.send('GET', BUNDLE, undefined, { 'nhsd-nhslogin-user': `P9:${nhsNumber}` });
        },
      }),
    );
  }
  await report.step(
    answerStep(pack, {
      name: 'pfp empty',
      published: { path: 'pfp/success/success-empty.json', status: 200 },
      run: () => client.send('GET', BUNDLE, undefined, { 'nhsd-nhslogin-user': 'P9:9999999999' }),
    }),
  );
  await report.step(
    answerStep(pack, {
      name: 'pfp without a user',
      published: { path: 'pfp/error/error-401.json', status: 401 },
      run: () => client.send('GET', BUNDLE),
    }),
  );
}

const statusOf = (request: Json): string =>
  listAt(request, 'extension/0/extension')
    .map((one) => textAt(one, 'valueCoding/code'))
    .join('');

/** Items told as cancelled are cancelled before the release, and what pharmacies say comes after it. */
async function lived({ client, pack }: EpsWorld, collection: unknown, nhsNumber: string): Promise<void> {
  const requests = ofType(collection, 'MedicationRequest');
  const [practitioner] = ofType(collection, 'Practitioner');
  const [prescriber, dispenser] = ofType(collection, 'Organization');
  const statuses = requests.map(statusOf);
  const { name, telecom, address } = prescriber ?? {};
  const life = new Life(pack, client, {
    nhsNumber,
    requests,
    practitioner: { name: practitioner?.['name'] },
    // An order without use of the telephone is refused.
    organization: { name, telecom: [{ use: 'work', ...(at(telecom, '0') as Json) }], address },
    prescriber: textAt(prescriber, 'identifier/0/value'),
  });
  await life.order();
  for (const [index, status] of statuses.entries())
    if (status === 'Prescriber Cancelled') await life.cancel(index, undefined);
  const told = statuses.flatMap((status, index) => (status.startsWith('Prescriber') ? [] : [{ index, status }]));
  if (told.length === 0) return;
  const { identifier, ...words } = dispenser ?? {};
  await life.release(
    textAt({ identifier }, 'identifier/0/value') || 'VNE51',
    dispenser === undefined ? {} : without(words),
  );
  if (statuses.includes('Not Dispensed')) {
    await life.dispense(
      requests.map((_request, index) => lineOf(statuses[index] ?? '')),
      { ods: 'VNE51', status: '0007' },
    );
    return;
  }
  // What is told as completed has been so for more than a week.
  const finished = requests.some(({ status }) => status === 'completed');
  const since = new Date(Date.now() - (finished ? 8 * DAY_MS : 60_000));
  await life.update(
    pack,
    told.map((word) => ({ ...word, at: since })),
  );
}

const without = ({ id: _id, resourceType: _type, ...words }: Json): Json => words;

const lineOf = (status: string): Json => {
  const code = status === 'Prescriber Cancelled' ? '0005' : '0002';
  const system = 'https://fhir.nhs.uk/CodeSystem/medicationdispense-type';
  const reason = {
    coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/medicationdispense-status-reason', code: '0001' }],
  };
  return { type: { coding: [{ system, code }] }, ...(code === '0002' ? { statusReasonCodeableConcept: reason } : {}) };
};
