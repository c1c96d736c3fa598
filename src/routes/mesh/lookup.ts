/** Who receives a workflow: for one organisation (endpointlookup), or at all (workflowsearch). */
import type { DirectoryEntry } from '../../actors/stubs.ts';
import type { OpenCall } from './call.ts';
import { answer, errorResponse, JSON_TYPE } from './refusal-table.ts';

export async function endpointLookup(call: OpenCall): Promise<Response> {
  const [ods = '', workflowId = ''] = call.parameters;
  if (ods.trim() === '') return errorResponse(call.version, 'ods-code-missing');
  if (workflowId.trim() === '') return errorResponse(call.version, 'workflow-missing');
  const found = (await receivers(call, workflowId)).filter(({ odsCode }) => odsCode === ods);
  if (call.version === 2) return answer(200, { results: found.map(entryV2) }, JSON_TYPE);
  const results = found.map(({ mailboxId, mailboxName }) => ({
    address: mailboxId,
    description: mailboxName,
    endpoint_type: 'MESH',
  }));
  return answer(200, { query_id: crypto.randomUUID(), results }, JSON_TYPE);
}

export async function workflowSearch(call: OpenCall): Promise<Response> {
  const [workflowId = ''] = call.parameters;
  if (workflowId.trim() === '') return errorResponse(call.version, 'workflow-missing');
  return answer(200, { results: (await receivers(call, workflowId)).map(entryV2) }, JSON_TYPE);
}

const entryV2 = ({ mailboxId, mailboxName }: DirectoryEntry) => ({ mailbox_id: mailboxId, mailbox_name: mailboxName });

async function receivers({ context }: OpenCall, workflowId: string): Promise<readonly DirectoryEntry[]> {
  const { mailboxes } = context.spine;
  const workflow = await mailboxes.workflow(workflowId);
  if (workflow === null) return [];
  const found = await mailboxes.directory(workflow.receivers);
  return found.filter(({ active }) => active);
}
