import { isIPv4, isIPv6 } from 'node:net';

/** Groups of an IPv6 address that name a network: the rest a customer of a provider may choose at will. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;
const MAPPED = '::ffff:';

/**
 * Whom an address counts for where something is limited: an IPv4 address for itself, also where it is written as IPv6; an
 * IPv6 address for its /64, since whoever has one of these has all of them.
 */
export const networkOf = (address: string): string => {
  const plain = address.split('%')[0]?.toLowerCase() ?? '';
  const mapped = plain.startsWith(MAPPED) ? plain.slice(MAPPED.length) : plain;
  if (isIPv4(mapped)) return mapped;
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
};
