/** The envelope that every HL7 v3 message to Spine travels in: ids, systems, who sends. */
import { element } from '../canonical-xml.ts';
import { JOB_ROLE_ROOT, SDS_ROLE_ROOT, SDS_USER_ROOT, globalId, timeOf } from './parts.ts';

export const INTERACTIONS = {
  order: 'PORX_IN020101SM31',
  cancel: 'PORX_IN030101SM32',
  dispense: 'PORX_IN080101SM31',
  claim: 'PORX_IN090101SM31',
  nominatedRelease: 'PORX_IN060102SM30',
  patientRelease: 'PORX_IN132004SM30',
  withdraw: 'PORX_IN510101SM31',
  return: 'PORX_IN100101SM31',
} as const;

export interface Sender {
  readonly user: string;
  readonly role: string;
}

export interface Sending {
  readonly id: string;
  readonly interaction: (typeof INTERACTIONS)[keyof typeof INTERACTIONS];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly sender: Sender;
}

/** Accredited system ids as the sandbox of the public API shows them: nothing is sent anywhere. */
const FROM = '200000001285';
const TO = '567456789789';

const system = (asid: string): string => element('id', { extension: asid, root: '1.2.826.0.1285.0.2.0.107' });

const device = (tag: string, asid: string): string =>
  element(tag, {}, element('device', { classCode: 'DEV', determinerCode: 'INSTANCE' }, system(asid)));

const code = (tag: string, value: string): string => element(tag, { code: value });

export function sendMessage({ id, interaction, now, sender }: Sending, subject: string): string {
  const message = element(
    interaction,
    { xmlns: 'urn:hl7-org:v3' },
    globalId(id),
    timeOf(now, 'creationTime'),
    code('versionCode', 'V3NPfIT4.2.00'),
    element('interactionId', { extension: interaction, root: '2.16.840.1.113883.2.1.3.2.4.12' }),
    code('processingCode', 'P'),
    code('processingModeCode', 'T'),
    code('acceptAckCode', 'NE'),
    device('communicationFunctionRcv', TO),
    device('communicationFunctionSnd', FROM),
    element(
      'ControlActEvent',
      { classCode: 'CACT', moodCode: 'EVN' },
      person(sender),
      sendingSystem(),
      element('subject', {}, subject),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${message}`;
}

function person({ role, user }: Sender): string {
  const known = element(
    'agentPersonSDS',
    { classCode: 'PSN', determinerCode: 'INSTANCE' },
    element('id', { extension: user, root: SDS_USER_ROOT }),
  );
  const job = element('id', { extension: 'UNKNOWN', root: JOB_ROLE_ROOT });
  const part = element('part', { typeCode: 'PART' }, element('partSDSRole', { classCode: 'ROL' }, job));
  const agent = element(
    'AgentPersonSDS',
    { classCode: 'AGNT' },
    element('id', { extension: role, root: SDS_ROLE_ROOT }),
    known,
    part,
  );
  return element('author', { typeCode: 'AUT' }, agent);
}

function sendingSystem(): string {
  const known = element('agentSystemSDS', { classCode: 'DEV', determinerCode: 'INSTANCE' }, system(FROM));
  return element('author1', { typeCode: 'AUT' }, element('AgentSystemSDS', { classCode: 'AGNT' }, known));
}
