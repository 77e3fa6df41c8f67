import type { Logger } from '@synclayer/core/adapter'
import type { CheckedOptions } from './options.ts'

const LOOPBACK = /^(localhost|.+\.localhost|127(\.[0-9]+){3}|\[::1\])$/

/** Over plain HTTP anyone on the way reads and changes what is sent; on one machine there is no way. */
export function warnOfPlainHttp({ url }: CheckedOptions, logger: Logger): void {
  const { protocol, hostname, host } = new URL(url)
  if (protocol === 'https:' || LOOPBACK.test(hostname)) return
  logger.log(
    'warning',
    'The server is reached over plain http: use https, so that nobody on the way reads along',
    { host },
  )
}
