/** What the server can do, by `GET /sync`. */
import { after, type HttpClient } from '@synclayer/adapter-kit/http'
import { SyncError } from '@synclayer/core/adapter'
import { checkHello, type Hello, PROTOCOL_VERSION } from '@synclayer/core/protocol'
import { ask } from './endpoint.ts'

/** What our server says where nothing is set: what holds until it was asked. */
export const USUAL_HELLO: Hello = {
  protocol: PROTOCOL_VERSION,
  capabilities: {
    consistency: 'strict',
    orderedVersions: true,
    patch: true,
    groups: true,
    realtime: true,
    memory: 'full',
    maxBatch: 1_000,
    maxRecordBytes: 16 * 1024 * 1024 - 64 * 1024,
  },
  maxRequestBytes: 16 * 1024 * 1024,
  maxIds: 1_000,
  serverTime: null,
}

/** Nobody else limits how long opening takes. */
const ANSWER_WITHIN_MS = 20_000

/** Asks the server. Rejects with NOT_SUPPORTED where it speaks another version of the protocol. */
export async function sayHello(client: HttpClient): Promise<Hello> {
  const limit = new AbortController()
  const cancelLimit = after(ANSWER_WITHIN_MS, () => limit.abort())
  let hello: Hello
  try {
    hello = await ask(client, { method: 'GET', path: '/sync' }, checkHello, limit.signal)
  } catch (error) {
    if (!limit.signal.aborted) throw error
    throw new SyncError('TIMEOUT', `The server did not answer within ${ANSWER_WITHIN_MS} ms.`, {
      cause: error,
    })
  } finally {
    cancelLimit()
  }
  if (hello.protocol === PROTOCOL_VERSION) return hello
  throw new SyncError(
    'NOT_SUPPORTED',
    `The server speaks version ${hello.protocol} of the protocol, and this client version ${PROTOCOL_VERSION}.`,
    { details: { protocol: hello.protocol } },
  )
}
