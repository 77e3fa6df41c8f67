/**
 * One request of HTTP, from its head to its answer.
 *
 *   origin ─▶ route ─▶ method ─▶ who ─▶ how often ─▶ body ─▶ operation ─▶ answer
 *      └────────┴─────────┴───────┴────────┴───────────┴─────────┴──────▶ an error, as HTTP tells it
 */
import { type Clock, type Logger, type LogLevel, SyncError } from '@synclayer/core/adapter'
import { PROTOCOL_VERSION } from '@synclayer/core/protocol'
import type { Credentials, Principal, RequestHead } from '../contract.ts'
import type { CorsOption } from '../options.ts'
import type { Asker } from '../realtime-deps.ts'
import type { SimpleAnswer } from '../simple-deps.ts'
import { bearerToken } from './bearer-token.ts'
import { answerAsked, type EndpointDeps } from './endpoints.ts'
import { type ErrorAnswer, errorAnswer } from './error-answer.ts'
import { HttpError } from './http-error.ts'
import type { InFlight } from './in-flight.ts'
import { acceptsGzip, jsonResponse } from './json-answer.ts'
import { corsHeaders, isPreflight, preflightHeaders } from './origin.ts'
import { headOf } from './request-head.ts'
import { methodsOf, type Route, routeOf } from './routes.ts'

export interface HandlerDeps extends EndpointDeps {
  /** Resolves once the adapter is open; rejects with its error where it cannot be opened. */
  ready(): Promise<void>
  /** Rejects with 503 where the server cannot serve now. */
  checkReadiness(): Promise<void>
  readonly isClosing: () => boolean
  readonly inFlight: InFlight
  readonly cors: CorsOption
  readonly basePath: string
  readonly clock: Clock
  readonly logger: Logger
  authenticate(credentials: Credentials): Promise<Asker>
  countRequest(principal: Principal): void
}

/** What is known of a request once it is answered, for the log. */
interface Trail {
  route?: Route
  asker?: Asker
}

type Headers = Readonly<Record<string, string>>

const PROTOCOL_HEADERS: Headers = { 'Synclayer-Protocol': `${PROTOCOL_VERSION}` }

/** Answers one request. Never rejects. */
export function createHandler(deps: HandlerDeps): (request: Request) => Promise<Response> {
  const { inFlight, clock, logger } = deps
  return async (request) => {
    const begunAt = clock.now()
    const onEnd = inFlight.begin()
    const trail: Trail = {}
    let headers = PROTOCOL_HEADERS
    let response: Response
    try {
      const head = headOf(request)
      headers = { ...headers, ...corsHeaders(head, deps.cors) }
      response = isPreflight(head)
        ? empty(204, { ...headers, ...preflightHeaders(head) }, onEnd)
        : await answer(deps, request, head, { trail, headers, onEnd })
    } catch (error) {
      const told = errorAnswer(error)
      logger.log(levelOf(told, request), 'A request failed', { ...nameOf(trail), error })
      const text = [JSON.stringify(told.body)]
      const { status } = told
      response = jsonResponse({ status, headers: { ...headers, ...told.headers }, text, gzip: false, onEnd })
    }
    const ms = clock.now() - begunAt
    logger.log('debug', 'A request was answered', { ...nameOf(trail), status: response.status, ms })
    return response
  }
}

interface Context {
  readonly trail: Trail
  readonly headers: Headers
  readonly onEnd: () => void
}

async function answer(
  deps: HandlerDeps,
  request: Request,
  head: RequestHead,
  { trail, headers, onEnd }: Context,
): Promise<Response> {
  const route = routeOf(head.url.pathname, deps.basePath)
  if (route === undefined) throw new HttpError(404, 'NOT_FOUND', 'There is nothing at this address')
  trail.route = route
  const methods = methodsOf(route)
  if (!methods.includes(head.method)) {
    throw new HttpError(405, 'PROTOCOL', `This address takes ${methods.join(' and ')}`, {
      headers: { Allow: methods.join(', ') },
    })
  }
  const json = ({ status, headers: more, text }: SimpleAnswer): Response => {
    const gzip = acceptsGzip(head.header('accept-encoding'))
    return jsonResponse({ status, headers: { ...headers, ...more }, text, gzip, onEnd })
  }

  if (route.kind === 'health') return json(WELL)
  if (deps.isClosing()) throw new SyncError('CLOSED', 'The server is closing', { details: CLOSING })
  if (route.kind === 'ready') {
    await deps.checkReadiness()
    return json(WELL)
  }
  const token = bearerToken(head)
  checkProtocol(head)
  if (route.kind === 'socket') {
    throw new HttpError(426, 'PROTOCOL', 'This address takes WebSockets', {
      headers: { Upgrade: 'websocket' },
    })
  }
  const asker = await deps.authenticate({ token, request: head })
  trail.asker = asker
  deps.countRequest(asker.principal)
  await deps.ready()
  return json(await answerAsked(deps, route, { asker, request, url: head.url }))
}

const WELL: SimpleAnswer = { status: 200, headers: {}, text: ['{"status":"ok"}'] }

const CLOSING = { retryAfterMs: 1_000 }

function checkProtocol({ header }: RequestHead): void {
  const version = header('synclayer-protocol')
  if (version === null || version === `${PROTOCOL_VERSION}`) return
  throw new HttpError(400, 'PROTOCOL', `This server speaks version ${PROTOCOL_VERSION} of the protocol`, {
    details: { protocol: PROTOCOL_VERSION },
  })
}

/** Mistakes of clients, clients that have gone, and those that come as the server closes are no failures of ours. */
function levelOf({ status, body }: ErrorAnswer, { signal }: Request): LogLevel {
  if (status < 500 || signal.aborted || body.error.code === 'CLOSED') return 'debug'
  return status === 500 ? 'error' : 'warning'
}

function empty(status: number, headers: Headers, onEnd: () => void): Response {
  onEnd()
  return new Response(null, { status, headers })
}

/** Never the address as it was asked for: its query is nobody's business. */
function nameOf({ route, asker }: Trail): Readonly<Record<string, unknown>> {
  return {
    route: route?.kind ?? 'none',
    ...(route?.kind === 'simple' ? { collection: route.collection } : {}),
    ...(asker === undefined ? {} : { principal: asker.principal.id }),
  }
}
