import { describe, expect, test } from 'vitest';
import { apiVersion } from '../../../src/domain/mesh/accept-version.ts';
import { chunkRange } from '../../../src/domain/mesh/chunk-range.ts';
import { messageIdOf, shardOfId, stampFrom, Stamps } from '../../../src/domain/mesh/message-id.ts';
import { readMexHeaders } from '../../../src/domain/mesh/mex-headers.ts';
import { registryEntry } from '../../../src/domain/mesh/registry-lines.ts';
import { workflowFilter } from '../../../src/domain/mesh/workflow-filter.ts';

test.each<[string | null, number | null]>([
  [null, 1],
  ['', 1],
  ['*/*', 1],
  ['application/json', 1],
  ['application/vnd.mesh.v1+json', 1],
  ['application/vnd.mesh.v2+json', 2],
  ['application/vnd.mesh.v2+json; q=1', 2],
  ['application/vnd.mesh.v9+json', 2],
  ['application/vnd.mesh.v0+json', 1],
  ['application/vnd.mesh.vX+json', null],
  ['application/vnd.mesh+json', null],
  ['text/html, application/vnd.mesh.v2+json', null],
])('MESH-M05 Accept %s means version %s', (accept, version) => {
  expect(apiVersion(accept)).toBe(version);
});

test.each<[string, number, string | null]>([
  ['', 1, '1:1'],
  ['', 2, null],
  ['1:1', 1, '1:1'],
  [' 2 : 5 ', 2, '2:5'],
  ['2:5', 3, null],
  ['3:2', 3, null],
  ['0:2', 0, null],
  ['-1:2', -1, null],
  ['1', 1, null],
  ['1:2:3', 1, null],
  ['a:b', 1, null],
  ['1.0:2', 1, null],
  ['1e0:2', 1, null],
])("MESH-M15 the range '%s' of chunk %s is %s", (header, addressed, expected) => {
  const range = chunkRange(header, addressed);
  expect(range === null ? null : `${range.number}:${range.total}`).toBe(expected);
});

test.each<[string, string[]]>([
  ['GP', ['GP']],
  ['!GP', ['GP_REC', 'gp', 'A_GP_B']],
  ['GP*', ['GP', 'GP_REC']],
  ['!GP*', ['gp', 'A_GP_B']],
  ['*GP*', ['GP', 'GP_REC', 'A_GP_B']],
  ['!*GP*', ['gp']],
  ['  ', ['GP', 'GP_REC', 'gp', 'A_GP_B']],
])("MESH-M09 the filter '%s' lets %j through", (filter, expected) => {
  expect(['GP', 'GP_REC', 'gp', 'A_GP_B'].filter(workflowFilter(filter))).toEqual(expected);
});

describe('MESH-M23 message ids', () => {
  const NOW = Date.UTC(2026, 0, 31, 16, 28, 9, 267);

  test('MESH-M23 an id has the time to the microsecond, the shard and chance', () => {
    const id = messageIdOf(new Stamps(0).next(NOW), 0x1b6, '541FFFFF');
    expect(id).toBe('20260131162809267000_1B6541');
    expect(shardOfId(id)).toBe(0x1b6);
    expect(shardOfId('SIMPLE_MESSAGE')).toBeNull();
  });

  test('MESH-M23 stamps rise whatever the clock does', () => {
    const stamps = new Stamps(NOW - 10_000);
    const given = [NOW, NOW, NOW, NOW - 5_000, NOW + 1, NOW, NOW + 60_000].map((now) => stamps.next(now));
    expect(given.toSorted()).toEqual(given);
    expect(new Set(given).size).toBe(given.length);
    expect(given[0]).toBe(stampFrom(NOW));
  });

  test('MESH-M23 a restart never goes back behind what may have been given', () => {
    expect(new Stamps(NOW + 5).next(NOW) > stampFrom(NOW + 5)).toBe(true);
  });
});

describe('MESH-M06 headers of a send', () => {
  const reading = (headers: Record<string, string>) =>
    readMexHeaders((name) => ({ 'mex-to': 'B', 'mex-workflowid': 'W', ...headers })[name] ?? null, 'A');
  const refusal = (headers: Record<string, string>) => {
    const read = reading(headers);
    return read.kind === 'read' ? read.refusal : read.faults.map(({ loc }) => loc[1]).join();
  };

  test.each<[Record<string, string>, string | null]>([
    [{}, null],
    [{ 'mex-subject': 'a\u0001b' }, 'headers-malformed'],
    [{ 'mex-to': 'http://b' }, 'headers-malformed'],
    [{ 'mex-content-checksum': 'https://x' }, 'headers-malformed'],
    [{ 'mex-subject': 'https://fine-here' }, null],
    [{ 'mex-content-checksum': 'sha-256: 12/ab' }, null],
    [{ 'mex-content-checksum': '<x>' }, 'checksum-malformed'],
    [{ 'mex-to': '  ' }, 'recipient-missing'],
    [{ 'mex-to': '  ', 'mex-content-checksum': '<x>' }, 'checksum-malformed'],
    [{ 'mex-from': 'a' }, null],
    [{ 'mex-from': 'C' }, 'sender-differs'],
    [{ 'mex-to': 'x'.repeat(101), 'mex-localid': 'x'.repeat(301) }, 'mex-to,mex-localid'],
    [{ 'mex-localid': 'x'.repeat(300), 'mex-subject': 'x'.repeat(500) }, null],
  ])('MESH-M06 %j: %s', (headers, expected) => {
    expect(refusal(headers)).toBe(expected);
  });

  test('MESH-M06 flags have many words for yes, and everything else is no', () => {
    const flag = (text: string) => {
      const read = reading({ 'mex-content-encrypted': text });
      return read.kind === 'read' && read.facts.encrypted;
    };
    expect(['y', 'YES', 't', 'True', 'on', '1'].map(flag)).toEqual([true, true, true, true, true, true]);
    expect(['n', '', '0', 'yep', '2'].map(flag)).toEqual([false, false, false, false, false]);
  });

  test('MESH-M10 the type is Mex-Content-Type as given, else Content-Type in lower case', () => {
    const type = (headers: Record<string, string>) => {
      const read = reading(headers);
      return read.kind === 'read' ? read.facts.contentType : null;
    };
    expect(type({ 'content-type': 'Text/Plain' })).toBe('text/plain');
    expect(type({ 'content-type': 'Text/Plain', 'mex-content-type': 'X/Y' })).toBe('X/Y');
  });
});

describe('MESH-A01 registry lines', () => {
  const read = (value: unknown) => registryEntry(value, '1');

  test('MESH-A01 a mailbox line, with what is left out empty and active', () => {
    expect(read({ mailbox_id: ' ab1 ', password: 'p', org_name: null })).toEqual({
      kind: 'mailbox',
      mailbox: {
        mailboxId: 'AB1',
        password: 'p',
        active: true,
        registered: '1',
        mailboxName: '',
        billingEntity: '',
        odsCode: '',
        orgCode: '',
        orgName: '',
      },
    });
  });

  test('MESH-M24 a workflow line restricts nobody unless it says so', () => {
    expect(read({ workflow_id: 'W', senders: ['a'] })).toEqual({
      kind: 'workflow',
      workflow: { workflowId: 'W', senders: ['A'], receivers: [], restricted: false },
    });
  });

  test.each([
    [null],
    [[]],
    [{}],
    [{ mailbox_id: 'A' }],
    [{ mailbox_id: 'A B', password: 'p' }],
    [{ mailbox_id: 'A', password: 'p', active: 'yes' }],
    [{ mailbox_id: 'A', password: 'p', ods_code: 7 }],
    [{ workflow_id: '' }],
    [{ workflow_id: 'W', senders: 'A' }],
    [{ workflow_id: 'W', restricted: 1 }],
  ])('MESH-A01 %j is refused with a reason', (value) => {
    expect(typeof read(value)).toBe('string');
  });
});
