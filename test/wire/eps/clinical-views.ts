/** The clinical tracker against its published answers: every prescription shown there is lived again. */
import { publishedAnswer } from '../eps-pack.ts';
import { at, listAt, textAt } from '../json.ts';
import type { WireAnswer } from '../wire-client.ts';
import { answerStep } from './answers.ts';
import { Life, freshNhsNumber, ofType } from './life.ts';
import type { Facts } from './life.ts';
import type { EpsWorld } from './stories.ts';
import type { Json } from './tales.ts';

export const TRACKER = '/clinical-prescription-tracker/RequestGroup';
export const HEADERS = {
  'nhsd-organization-uuid': 'A83008',
  'nhsd-session-urid': '555254240100',
  'nhsd-session-jobrole': 'S8000:G8000:R8000',
};
const STATUS = 'https://fhir.nhs.uk/StructureDefinition/Extension-EPS-PrescriptionStatusHistory';
const TYPE = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionType';
const RELEASER = 'VNFKT';

const VIEWS = [
  '200_AcuteWithMultipleItems_CancelledWithReason',
  '200_AcuteWithMultipleItems_ItemNotDispensedWithReason',
  '200_AcuteWithMultipleItems_PartiallyDispensed',
  '200_AcuteWithMultipleItems_PendingCancellationWithReason',
  '200_AcuteWithSingleItem_Created',
  '200_AcuteWithSingleItem_Dispensed',
  '200_ErdWithSingleItem_Dispensed',
];

export async function checkClinicalViews(world: EpsWorld): Promise<void> {
  const { client, pack, report } = world;
  for (const name of VIEWS) {
    const path = `cpt/clinicalView/${name}.json`;
    await report.step(
      answerStep(pack, {
        name: `cpt view ${name}`,
        published: { path, status: 200 },
        run: async () => {
          const { shortId } = (await lived(world, publishedAnswer(pack, path))).story;
          return client.send('GET', `${TRACKER}/${encodeURIComponent(shortId)}?issueNumber=1`, undefined, HEADERS);
        },
      }),
    );
  }
  await checkSearches(world);
}

function factsOf(view: unknown): Facts {
  const [patient] = ofType(view, 'Patient');
  const [group] = ofType(view, 'RequestGroup');
  const requests = ofType(view, 'MedicationRequest');
  const { identifier: _identifier, id: _id, resourceType: _type, ...words } = patient ?? {};
  const nominee = textAt(requests[0], 'dispenseRequest/performer/identifier/0/value');
  return {
    nhsNumber: freshNhsNumber(),
    patient: words,
    requests,
    prescriber: textAt(group, 'author/identifier/value'),
    type: textAt(extension(group, TYPE), 'valueCoding/code'),
    ...(nominee === '' ? {} : { nominee }),
    repeat: textAt(group, 'intent') === 'reflex-order',
    days: Number(at(group, 'action/0/timingTiming/repeat/period')),
  };
}

const extension = (resource: unknown, url: string) =>
  listAt(resource, 'extension').find((one) => textAt(one, 'url') === url);

/** What the transitions of a view tell: released, dispensed, cancelled before or after. */
async function lived({ client, pack }: EpsWorld, view: unknown): Promise<Life> {
  const facts = factsOf(view);
  const life = new Life(pack, client, facts);
  const [group] = ofType(view, 'RequestGroup');
  const titles = listAt(group, 'action/1/action').map((one) => textAt(one, 'title'));
  await life.order();
  let cancelled = 0;
  for (const title of titles) {
    if (title.startsWith('Release')) await life.release(RELEASER);
    if (title.startsWith('Prescription/item')) {
      const request = facts.requests[cancelled];
      await life.cancel(cancelled++, at(request, 'statusReason'));
    }
    if (title.startsWith('Dispense notification')) {
      const status = textAt(extension(group, STATUS), 'extension/0/valueCoding/code');
      await life.dispense(ofType(view, 'MedicationDispense'), { ods: dispenserIn(view), status });
    }
  }
  return life;
}

/** The second role. */
const dispenserIn = (view: unknown): string =>
  textAt(ofType(view, 'PractitionerRole')[1], 'organization/identifier/value');

async function checkSearches({ client, pack, report }: EpsWorld): Promise<void> {
  const searched = (path: string, repeat: boolean) =>
    answerStep(pack, {
      name: path,
      published: { path, status: 200 },
      run: async (): Promise<WireAnswer> => {
        const [patient] = ofType(publishedAnswer(pack, path), 'Patient');
        const requests = [{ dispenseRequest: { quantity: {} } }] as Json[];
        const words = { name: patient?.['name'] };
        const facts = {
          nhsNumber: freshNhsNumber(),
          patient: words,
          requests,
          prescriber: 'A83008',
          nominee: 'VNE51',
          repeat,
        };
        const life = new Life(pack, client, facts);
        await life.order();
        const id = encodeURIComponent(life.story.shortId.toLowerCase());
        return client.send('GET', `${TRACKER}?prescriptionId=${id}`, undefined, HEADERS);
      },
    });
  await report.step(searched('cpt/prescriptionSearch/200_WithSingleAcute.json', false));
  await report.step(searched('cpt/prescriptionSearch/200_With7InstanceErd.json', true));
  await report.step(
    answerStep(pack, {
      name: 'cpt search, nothing',
      published: { path: 'cpt/prescriptionSearch/200_NoResults.json', status: 200 },
      run: () => client.send('GET', `${TRACKER}?nhsNumber=9999999999`, undefined, HEADERS),
    }),
  );
}
