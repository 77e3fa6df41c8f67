/** What is this machine, and nobody else. */
import { BlockList, isIPv6 } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** For addresses, and the host names of URLs. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const address = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** Whether a page comes from this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname)
}
