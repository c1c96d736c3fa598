/** Which addresses the back end may call for a registered app: https to a public name, nothing else. */

const PRIVATE_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp)$/;

/** Dotted numbers, hexadecimal and IPv6 literals: an address without a name is never a public key server. */
const NUMERIC_HOST = /^(\d+|0x[0-9a-f]+)(\.(\d+|0x[0-9a-f]+))*\.?$/;

export function mayBeFetched(address: string, allowLocal: boolean): boolean {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  if (url.username !== '' || url.password !== '') return false;
  if (allowLocal && url.protocol === 'http:' && (url.hostname === 'localhost' || url.hostname === '127.0.0.1'))
    return true;
  if (url.protocol !== 'https:' || (url.port !== '' && url.port !== '443')) return false;
  const host = url.hostname.toLowerCase();
  return host.includes('.') && !host.startsWith('[') && !NUMERIC_HOST.test(host) && !PRIVATE_NAME.test(host);
}
