import { BlockList, isIP } from 'node:net';

/** IPv4 that is not for everybody (IANA's special-purpose registry), and multicast. */
const special4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Global unicast, the only IPv6 that reaches the internet, and what is special within: tunnels to IPv4, documentation. */
const global6 = ['2000::', 3] as const;
const special6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const special = new BlockList();
for (const [address, bits] of special4) special.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of special6) special.addSubnet(address, bits, 'ipv6');
const global = new BlockList();
global.addSubnet(...global6, 'ipv6');

/** Whether an IP address is one of the internet: not this machine, not its network, not a cloud's metadata. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  // ::ffff:127.0.0.1 and its like are outside 2000::/3.
  if (family === 6) return global.check(address, 'ipv6') && !special.check(address, 'ipv6');
  return family === 4 && !special.check(address, 'ipv4');
}
