/** JSON from outside, of requests and sockets. */
import { SyncError } from '@synclayer/core/adapter'
import { isDeeperThan } from './json-depth.ts'

/** Far more than any message has. Parsing takes longer the deeper it goes, so that is found out before. */
const MAX_LEVELS = 1_000

/** Its value. Throws PROTOCOL for what is no JSON in UTF-8, or has more levels than any message. */
export function parseJson(bytes: Uint8Array): unknown {
  if (isDeeperThan(bytes, MAX_LEVELS)) {
    throw new SyncError('PROTOCOL', `JSON of more than ${MAX_LEVELS} levels is not taken`)
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // What the parser says shows a part of the text.
    throw new SyncError('PROTOCOL', 'This is not JSON in UTF-8')
  }
}
