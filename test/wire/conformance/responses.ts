/** Every response example of the pack beside what the server answers, and where the live rule wins over the example. */
import { at, differences, isObject, listAt, shapeOf, textAt, without } from '../json.ts';
import type { WireAnswer } from '../wire-client.ts';
import * as expected from './expect.ts';
import type { World } from './world.ts';

/** What an example shows differently from the seeds, and why the server's answer is right nevertheless. */
const PERIODS =
  'the example has other periods than the official stub in the seeds; names of Jane Smith have no suffix there';
const SCORE = "the example comes from a stand-in that always scores 0.75; time and host are the server's own";
const OTHER_CARD = 'the example describes another card than the seeds hold: the shapes are compared';
const PHONE = 'the seeds give this person a telephone number of their own';

interface Example {
  readonly path: string;
  readonly exception?: string;
  /** Members left out of the comparison on both sides. */
  readonly leaveOut?: readonly string[];
  /** Paths whose differences are covered by the exception. */
  readonly excused?: RegExp;
  /** Compares this part of the answer with this part of the example. */
  readonly part?: readonly [answer: (body: unknown) => unknown, example: string];
  readonly shapes?: boolean;
}

const relatedPerson = (id: string) => (body: unknown) =>
  listAt(body, 'entry')
    .map((entry) => at(entry, 'resource'))
    .find((person) => textAt(person, 'id') === id);

const ANSWER_OWN = ['timestamp', 'fullUrl'];
const SEARCH = 'gender=female&birthdate=eq2010-10-22';

const EXAMPLES: Readonly<Record<string, Example>> = {
  Patient: { path: '/Patient/9000000009', exception: PERIODS, leaveOut: ['period', 'suffix'] },
  'Patient-Jayne-Smyth': {
    path: '/Patient/9000000017',
    exception: `${PERIODS}; ${PHONE}`,
    leaveOut: ['period'],
    excused: /telecom\/\d\/value/,
  },
  Minimal_Patient: { path: '/Patient/9000000033' },
  Sensitive_Patient: {
    path: '/Patient/9000000025',
    exception: `${PERIODS}; the public stubs disagree about her birth date, the seeds use 2005-06-16`,
    leaveOut: ['period'],
    excused: /^\/(birthDate|deceasedDateTime|extension\/0\/extension\/1\/valueDateTime)/,
  },
  PatientSearch: {
    path: `/Patient?family=Smith&given=Jane&${SEARCH}`,
    exception: `${SCORE}; ${PERIODS}`,
    leaveOut: [...ANSWER_OWN, 'score', 'period', 'suffix'],
  },
  'PatientSearch-Jayne-Smyth': {
    path: `/Patient?family=Smyth&given=Jayne&${SEARCH}`,
    exception: `${SCORE}; ${PERIODS}; ${PHONE}`,
    leaveOut: [...ANSWER_OWN, 'score', 'period'],
    excused: /telecom\/\d\/value/,
  },
  PatientCompoundName: {
    path: '/Patient?family=Smith&given=John%20Paul&given=James&gender=male&birthdate=eq2010-10-22',
    exception: `${SCORE}; ${PHONE}; the example's 9000000015 is no valid number, the seeds use 9000000041 and name him John Paul James`,
    leaveOut: [...ANSWER_OWN, 'score', 'period'],
    excused: /resource\/(id|identifier\/0\/value|name\/0\/given\/1|telecom\/\d|contact\/0\/telecom\/0\/value)/,
  },
  Sensitive_PatientSearch: {
    path: '/Patient?family=Smythe&given=Janet&gender=female&birthdate=eq2005-06-16',
    exception: `${SCORE}; ${PERIODS}`,
    leaveOut: [...ANSWER_OWN, 'score', 'period'],
  },
  CoverageSearch_9000000009: { path: '/Coverage?subscriber:identifier=9000000009', leaveOut: ANSWER_OWN },
  CoverageSearch_none: { path: '/Coverage?subscriber:identifier=9733162876', leaveOut: ANSWER_OWN },
  Coverage: {
    path: '/Coverage?subscriber:identifier=9000000009',
    exception: `${OTHER_CARD}; answers add the type Patient`,
    leaveOut: ['type'],
    part: [(body) => at(body, 'entry/0/resource'), ''],
    shapes: true,
  },
  CoverageSearch: {
    path: '/Coverage?subscriber:identifier=9000000009',
    exception: `${OTHER_CARD}; answers add the type Patient`,
    leaveOut: ['type'],
    shapes: true,
  },
  RelatedPerson_9000000009_two: { path: '/Patient/9000000009/RelatedPerson', leaveOut: ANSWER_OWN },
  RelatedPerson_9000000017_one: { path: '/Patient/9000000017/RelatedPerson', leaveOut: ANSWER_OWN },
  RelatedPersonBundle: {
    path: '/Patient/9000000009/RelatedPerson',
    exception: `${PERIODS}; the live record has two related people, the example shows this one`,
    leaveOut: ['period'],
    part: [relatedPerson('507B7621'), 'entry/0/resource'],
  },
  Referenced_RelatedPersonBundle: {
    path: '/Patient/9000000009/RelatedPerson',
    exception: `${PERIODS}; the live record has two related people, the example shows this one`,
    leaveOut: ['period'],
    part: [relatedPerson('B3380E98'), 'entry/0/resource'],
  },
  Personal_Details_RelatedPersonBundle: {
    path: '/Patient/9000000017/RelatedPerson',
    exception: `${PERIODS}; the seeds know the number of the related person, the example does not`,
    leaveOut: ['period'],
    excused: /^\/patient\/identifier/,
    part: [relatedPerson('F4CF8B96'), 'entry/0/resource'],
  },
};

export async function checkResponses(world: World): Promise<void> {
  const { report, pack } = world;
  for (const [name, example] of pack.examples('responses')) {
    const known = EXAMPLES[name];
    const special = SPECIAL[name];
    if (known !== undefined) {
      const exception = known.exception === undefined ? {} : { exception: known.exception };
      await report.step({ name: `response ${name}`, ...exception, run: () => compare(world, known, example) });
    } else if (special !== undefined) {
      await report.step({
        name: `response ${name}`,
        exception: special.exception,
        run: () => special.run(world, example),
      });
    } else report.skip(`response ${name}`, 'no request is known that answers with it');
  }
}

async function compare(world: World, known: Example, example: unknown): Promise<readonly string[]> {
  const answer = await world.client.get(known.path);
  const [ofAnswer, ofExample] = known.part ?? [(body: unknown) => body, ''];
  const leaveOut = known.leaveOut ?? [];
  const shape = known.shapes === true ? shapeOf : (value: unknown) => value;
  const actual = shape(without(ofAnswer(answer.body), leaveOut));
  const wanted = shape(without(ofExample === '' ? example : at(example, ofExample), leaveOut));
  const wrong = differences(actual, wanted).filter((line) => known.excused?.test(line.split(':')[0] ?? '') !== true);
  return [...expected.status(answer, 200), ...wrong, ...fullUrls(answer, example)];
}

/** The host is the server's own, the path is not. */
function fullUrls(answer: WireAnswer, example: unknown): readonly string[] {
  const path = (entry: unknown) =>
    textAt(entry, 'fullUrl')
      .replace(/^https?:\/\/[^/]+/, '')
      .replace(/9000000015/, '9000000041');
  const wanted = listAt(example, 'entry').map(path);
  const actual = listAt(answer.body, 'entry').map(path);
  return wanted.every((one) => actual.includes(one)) ? [] : [`fullUrl ${actual.join()}, expected ${wanted.join()}`];
}

interface Special {
  readonly exception: string;
  readonly run: (world: World, example: unknown) => Promise<readonly string[]>;
}

const REGISTERING_AUTHORITY = {
  url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-RegisteringAuthority',
  extension: [
    {
      url: 'registeringAuthorityType',
      valueCodeableConcept: {
        coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/UKCore-RegisteringAuthorityType', code: 'x' }],
      },
    },
    { url: 'organisationIdentifier', valueString: 'RGS' },
  ],
};

const CREATED_OWN = ['id', 'value', 'family', 'line', 'start'];

const SPECIAL: Readonly<Record<string, Special>> = {
  Minimal_PatientSearch: {
    exception:
      'a stand-in shows a record without a name as a match; a live search needs a family name and cannot reach it',
    async run({ client }) {
      const answer = await client.get(`/Patient?family=Smith&${SEARCH}`);
      const numbers = listAt(answer.body, 'entry').map((entry) => textAt(entry, 'resource/id'));
      return [
        ...expected.status(answer, 200),
        ...expected.that(!numbers.includes('9000000033'), 'the minimal record was found'),
      ];
    },
  },
  PatientCreated: {
    exception: "numbers and ids are new, the family name is this run's own; a live create wants address lines 1 and 4",
    async run({ client, runName }, example) {
      const { id: _number, identifier: _identifier, meta: _meta, ...facts } = isObject(example) ? example : {};
      const sent = without(facts, ['id']);
      const body = {
        ...(isObject(sent) ? sent : {}),
        name: listAt(sent, 'name').map((name) => ({
          ...(isObject(name) ? name : {}),
          family: `Conformance-${runName}`,
        })),
        address: listAt(sent, 'address').map((one) => ({
          ...(isObject(one) ? one : {}),
          line: ['42405 Bayer Glen', '', '', 'Leeds', ''],
        })),
        extension: [REGISTERING_AUTHORITY],
      };
      const answer = await client.send('POST', '/Patient', { body });
      const created = textAt(answer.body, 'id');
      const again = await client.get(`/Patient/${created}`);
      return [
        ...expected.status(answer, 201),
        ...expected.same(without(answer.body, CREATED_OWN), without(example, CREATED_OWN)),
        ...expected.same(at(answer.body, 'address/0/line'), ['42405 Bayer Glen', 'Leeds']),
        ...expected.same(again.body, answer.body),
        ...expected.header(again, 'etag', 'W/"1"'),
      ];
    },
  },
  RecordAtBirthCreated: {
    exception:
      'numbers and ids are new; the public response belongs to a request with another name, address period and no telephone',
    async run({ client, pack, runName }, example) {
      const request = pack.examples('requests/RecordAtBirth').get('create-record-at-birth-maximal');
      const text = JSON.stringify(request).replaceAll('ExampleBaby', `Birth-${runName}`);
      const answer = await client.send('POST', '/Patient/$process-birth-details', {
        body: JSON.parse(text) as unknown,
      });
      return [
        ...expected.status(answer, 201),
        ...expected.that((answer.headers.get('notification-id') ?? '') !== '', 'no notification-id'),
        ...expected.same(without(answer.body, [...CREATED_OWN, 'telecom']), without(example, CREATED_OWN)),
        ...expected.same(at(answer.body, 'address/0/line'), at(example, 'address/0/line')),
        ...expected.same(at(answer.body, 'name/0/family'), `Birth-${runName}`),
      ];
    },
  },
};
