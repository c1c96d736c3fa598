/** POST /AuditEvent: an alert about a self-claimed relationship or a view without consent. */
import type { RaiseAlert } from '../../domain/scr/access-alerts.ts';
import { readAlert, withSource } from '../../domain/scr/read-alert.ts';
import { LIVES_ON } from '../../domain/scr/refusals.ts';
import type { Outcome } from '../../engine/envelope.ts';
import { MAX_MOVES } from '../limits.ts';
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
  return answered(await raise(call, { nhsNumber, command, sent: body.text }), () => CREATED);
}

/** Where the record lives on under another number, the alert is raised there. */
async function raise(
  call: RecordCall,
  { nhsNumber, command, sent }: { nhsNumber: string; command: RaiseAlert; sent: string },
): Promise<Outcome> {
  const options = submitOptions(call, sent, WAIT_MS);
  let key = nhsNumber;
  for (let moves = 0; moves < MAX_MOVES; moves++) {
    const outcome = await call.context.spine.patients.submit(ALERTS, key, command, options);
    if (outcome.kind !== 'refused' || outcome.code !== LIVES_ON) return outcome;
    key = outcome.diagnostics ?? '';
  }
  return { kind: 'refused', code: 'unknown-error' };
}
