/** GET /metadata: what this API can do, as its own clients read it. */
import type { RequestContext } from '../request-context.ts';
import { PLAIN_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Family } from './call.ts';

const TITLES: Readonly<Record<Family, string>> = {
  combined: 'Electronic Prescription Service API',
  prescribing: 'EPS Prescribing API',
  dispensing: 'EPS Dispensing API',
};

const OPERATIONS: Readonly<Record<Family, readonly string[]>> = {
  combined: ['prepare', 'process-message', 'release'],
  prescribing: ['prepare', 'process-message'],
  dispensing: ['process-message', 'release'],
};

export function metadata(context: RequestContext, family: Family): Outgoing {
  const task = { type: 'Task', interaction: [{ code: 'create' }, { code: 'search-type' }] };
  const claim = { type: 'Claim', interaction: [{ code: 'create' }] };
  const capabilityStatement = {
    resourceType: 'CapabilityStatement',
    title: TITLES[family],
    status: 'active',
    kind: 'instance',
    date: new Date(context.now).toISOString().slice(0, 10),
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        resource: family === 'prescribing' ? [] : [task, claim],
        operation: OPERATIONS[family].map((name) => ({
          name,
          definition: `https://fhir.nhs.uk/OperationDefinition/${name}`,
        })),
      },
    ],
  };
  const body = context.method === 'HEAD' ? null : JSON.stringify({ capabilityStatement });
  return respond(context, { status: 200, body, contentType: PLAIN_JSON });
}
