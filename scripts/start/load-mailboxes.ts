/** Registers the mailboxes and workflows that the public MESH sandbox and its client's tests know, once. */
const mailbox = (id: string, name: string, billing: string, ods: string) => ({
  mailbox_id: id,
  mailbox_name: name,
  billing_entity: billing,
  ods_code: ods,
  org_code: ods,
  password: 'password',
});

const REGISTRY = [
  mailbox('X26ABC1', 'TESTMB1', 'England', 'X26'),
  mailbox('X26ABC2', 'TESTMB2', 'Wales', 'X26'),
  mailbox('X26ABC3', 'TESTMB3', 'England', 'X27'),
  mailbox('ALICE', 'TESTMB1', 'England', 'X26'),
  mailbox('BOB', 'TESTMB2', 'Wales', 'X26'),
  mailbox('BARRY', 'TESTMB3', 'England', 'X27'),
  { workflow_id: 'TEST_WORKFLOW', senders: ['X26ABC1'], receivers: ['X26ABC2'] },
  { workflow_id: 'TEST_WORKFLOW_ACK', senders: ['X26ABC2'], receivers: ['X26ABC1', 'X26ABC3'] },
  { workflow_id: 'TEST_WORKFLOW2', senders: ['X26ABC1'], receivers: ['X26ABC1', 'X26ABC2', 'X26ABC3'] },
  { workflow_id: 'RESTRICTED_WORKFLOW', senders: ['ALICE'], receivers: ['BOB'] },
  { workflow_id: 'ANOTHER_WORKFLOW', senders: ['BOB'], receivers: ['BARRY', 'ALICE'] },
];

export async function loadMailboxes({ url, key }: { url: string; key: string }): Promise<void> {
  const response = await fetch(new URL('/operator/mesh/import', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: REGISTRY.map((entry) => JSON.stringify(entry)).join('\n'),
  });
  if (!response.ok) throw new Error(`the mailboxes were not loaded: ${response.status}`);
  await response.arrayBuffer();
}
