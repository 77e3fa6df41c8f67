import { SOCKET_ERRORS } from '@synclayer/core/protocol'
import { createAdapterOpening } from './adapter-opening.ts'
import { createAuthentication } from './auth/authentication.ts'
import type { Principal, SocketHandler, SyncServer } from './contract.ts'
import { createHandler } from './http/handler.ts'
import { createInFlight } from './http/in-flight.ts'
import { isOriginAllowed } from './http/origin.ts'
import { createReadiness } from './http/readiness.ts'
import { createTokenBuckets } from './http/token-buckets.ts'
import { createOperations } from './operations/operations.ts'
import { checkOptions, type SyncServerOptions } from './options.ts'
import { createRealtime } from './realtime/hub.ts'
import { simpleDialect } from './simple/simple-dialect.ts'

/**
 * Turns an adapter into a network endpoint: HTTP by `fetch`, WebSockets by `connect`. It holds no state that matters: run as
 * many as you like in front of one backend.
 *
 * Throws INVALID_OPTION for an unsound option. The adapter is opened at once; `ready` tells how that went.
 */
export function createSyncServer(options: SyncServerOptions): SyncServer {
  const checked = checkOptions(options)
  const { adapter, collections, limits, logger, clock, random, timers, cors, basePath } = checked
  const opening = createAdapterOpening(checked)
  const authenticate = createAuthentication(checked.authenticate, clock)
  const buckets = createTokenBuckets(clock, limits)
  const countRequest = ({ id }: Principal): void => buckets.count(id)
  const inFlight = createInFlight()
  let closing: Promise<void> | undefined

  const realtime = createRealtime({
    adapter,
    ready: opening.readyForClients,
    clock,
    timers,
    random,
    logger,
    collections,
    limits,
    authenticate,
    countRequest,
  })
  const operations = createOperations({ ...checked, onAccepted: realtime.wake })
  const fetch = createHandler({
    operations,
    simple: simpleDialect,
    limits,
    timers,
    random,
    ready: opening.readyForClients,
    checkReadiness: createReadiness({ ...checked, ready: opening.readyForClients }),
    isClosing: () => closing !== undefined,
    inFlight,
    cors,
    basePath,
    clock,
    logger,
    authenticate,
    countRequest,
  })
  const close = async (): Promise<void> => {
    await Promise.all([realtime.close(), inFlight.settled(timers, limits.requestMs)])
    await opening.close()
  }
  opening.ready().catch(() => undefined)

  return {
    fetch,
    connect(socket, head) {
      if (isOriginAllowed(head, cors)) return realtime.connect(socket, head)
      socket.close(SOCKET_ERRORS.UNAUTHORIZED.close, 'Pages of this origin may not speak to this server')
      return DEAF
    },
    ready: opening.ready,
    close: () => (closing ??= close()),
  }
}

/** For a socket that was closed before anything was said. */
const DEAF: SocketHandler = { message: () => undefined, drained: () => undefined, closed: () => undefined }
