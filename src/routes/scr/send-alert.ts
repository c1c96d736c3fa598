/** POST /AuditEvent: an alert about a self-claimed relationship or a view without consent. */
import type { RaiseAlert } from '../../domain/scr/access-alerts.ts';
import { readAlert, withSource } from '../../domain/scr/read-alert.ts';
import { answered, isRefused, submitOptions } from '../record-call.ts';
import type { RecordCall, Result } from '../record-call.ts';
import { ALERTS, CREATED, bodyOf } from './call.ts';
import { WAIT_MS } from './limits.ts';

export async function sendAlert(call: RecordCall): Promise<Result> {
  const { agent, context } = call;
  const body = await bodyOf(context);
  if (isRefused(body)) return body;
  const alert = readAlert(body.value);
  if (alert.kind === 'refused') return alert;
  const { nhsNumber, organization } = alert;
  const command: RaiseAlert = { name: 'raise-alert', organization, event: withSource(alert.event, agent.asid) };
  const options = submitOptions(call, body.text, WAIT_MS);
  return answered(await context.spine.patients.submit(ALERTS, nhsNumber, command, options), () => CREATED);
}
