/** Requests to the server: with the token, once more with another where it is refused; answers read whole, or not at all. */
import { type Clock, isSyncError, SyncError, type Traffic } from '@synclayer/core/adapter'
import { readAnswer, TooLargeError } from './read-answer.ts'
import { createRequestBody, type RequestBody } from './request-body.ts'
import { readRetryAfter } from './retry-after.ts'
import { type Auth, createTokens, type GivenToken, type Tokens } from './tokens.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** Below the base address, such as `/sync/push`. What is not ours in it is encoded already. */
  readonly path: string
  /** The body's JSON text. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer of any status but a redirect. */
export interface Answer {
  readonly status: number
  /** The parsed JSON; undefined where the body is none. */
  readonly body: unknown
  readonly retryAfterMs: number | undefined
  /** What was asked, for messages. */
  readonly asked: string
}

export interface HttpClient {
  /**
   * Rejects with NETWORK where there was no whole answer, a redirect, or one that is larger than any that is taken
   * (`details.tooLarge`); with UNAUTHENTICATED where there is no token, ABORTED, CLOSED. A second 401 is an answer.
   */
  request(request: HttpRequest, signal: AbortSignal): Promise<Answer>
  readonly tokens: Tokens
  /** Aborts what is under way; what comes after is CLOSED. */
  close(): void
}

/** Where requests go, and what goes along. */
export interface HttpClientOptions {
  /** Without a slash at its end. */
  readonly url: string
  readonly auth: Auth
  readonly headers: Headers | Readonly<Record<string, string>>
  /** Undefined: the platform's. */
  readonly fetch: typeof globalThis.fetch | undefined
  /** Whether bodies of more than 1 KiB are sent as gzip. */
  readonly compress: boolean
}

export interface HttpClientDeps {
  readonly options: HttpClientOptions
  readonly clock: Clock
  readonly traffic: Traffic
  /** The largest answer taken, in bytes after decompression. */
  readonly maxAnswerBytes?: number
}

/** Nothing sensible is as large; it is about what a page of 5,000 records of 25 KB has. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

export function createHttpClient(deps: HttpClientDeps): HttpClient {
  const { options, clock, traffic, maxAnswerBytes = MAX_ANSWER_BYTES } = deps
  const tokens = createTokens(options.auth)
  const underWay = new Set<AbortController>()
  let isClosed = false

  const send = async (
    request: HttpRequest,
    body: RequestBody | undefined,
    { token }: GivenToken,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const asked = `${request.method} ${options.url}${request.path.split('?')[0]!}`
    const fetch = options.fetch ?? globalThis.fetch
    traffic.sent(body?.bytes.length ?? 0)
    let response: Response
    let text: string
    try {
      response = await fetch(`${options.url}${request.path}`, {
        method: request.method,
        headers: headersOf(request, body, token),
        // A token must not follow it. 'error' is not known to every platform.
        redirect: 'manual',
        signal,
        ...(body === undefined ? {} : { body: body.bytes }),
      })
      if (isRedirect(response)) {
        await response.body?.cancel()
        throw redirected(asked, response)
      }
      text = await readAnswer(response, maxAnswerBytes, traffic)
    } catch (error) {
      if (isSyncError(error)) throw error
      const details = error instanceof TooLargeError ? { tooLarge: true } : {}
      throw new SyncError('NETWORK', `${asked} was not answered: ${reasonOf(error)}`, {
        cause: error,
        details,
      })
    }
    return {
      status: response.status,
      body: parse(text),
      retryAfterMs: readRetryAfter(response.headers, clock.now()),
      asked,
    }
  }
  const headersOf = (request: HttpRequest, body: RequestBody | undefined, token: string | null): Headers => {
    const headers = new Headers(options.headers)
    headers.set('Accept', 'application/json')
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value)
    if (token !== null) headers.set('Authorization', `Bearer ${token}`)
    if (body !== undefined) headers.set('Content-Type', 'application/json')
    if (body?.isCompressed === true) headers.set('Content-Encoding', 'gzip')
    return headers
  }
  const run = async (request: HttpRequest, signal: AbortSignal): Promise<Answer> => {
    const body =
      request.body === undefined ? undefined : await createRequestBody(request.body, options.compress)
    const given = await tokens.get()
    signal.throwIfAborted()
    const answer = await send(request, body, given, signal)
    if (answer.status !== 401) return answer
    const renewed = await tokens.renew(given)
    signal.throwIfAborted()
    return send(request, body, renewed, signal)
  }

  return {
    tokens,
    async request(request, signal) {
      if (signal.aborted) throw aborted(signal)
      if (isClosed) throw closed()
      const controller = new AbortController()
      const abort = (): void => controller.abort(signal.reason)
      signal.addEventListener('abort', abort)
      underWay.add(controller)
      try {
        // Also `auth`, which knows no signal, is not waited for any longer.
        return await Promise.race([run(request, controller.signal), abortOf(controller.signal)])
      } catch (error) {
        if (signal.aborted) throw aborted(signal)
        if (isClosed) throw closed()
        throw error
      } finally {
        signal.removeEventListener('abort', abort)
        underWay.delete(controller)
      }
    },
    close() {
      isClosed = true
      for (const controller of underWay) controller.abort()
    },
  }
}

/** What a call on a closed adapter rejects with. */
export function closed(): SyncError {
  return new SyncError('CLOSED', 'The adapter is not open.')
}

function aborted(signal: AbortSignal): SyncError {
  return new SyncError('ABORTED', 'The request was stopped.', { cause: signal.reason })
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(aborted(signal)), { once: true })
  })
}

/** Browsers show nothing of a redirect but that it is one. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400)
}

function redirected(asked: string, { status, headers }: Response): SyncError {
  const location = headers.get('location') ?? ''
  const to = URL.canParse(location) ? ` to ${new URL(location).origin}` : ''
  return new SyncError(
    'NETWORK',
    `${asked} was answered with a redirect${to}, which is not followed: the token is for the address in url alone.`,
    { details: { status } },
  )
}

/** What fetch throws says little; its cause says more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
