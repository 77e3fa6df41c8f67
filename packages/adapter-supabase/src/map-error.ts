/**
 * What an answer that is not what was hoped for means. PostgREST tells its own codes (PGRST…) and those of PostgreSQL
 * (SQLSTATE), each with a status; what stands before it has the status alone.
 *
 * A refusal of PostgREST or PostgreSQL is certain: the function is one transaction, which was undone.
 */
import { type Answer } from '@synclayer/adapter-kit/http'
import { type ErrorCode, SyncError } from '@synclayer/core/adapter'

/** The body of PostgREST's errors. */
interface RestError {
  readonly code: string
  readonly message: string
  readonly details?: unknown
  readonly hint?: unknown
}

interface Meaning {
  readonly code: ErrorCode
  readonly retryable?: boolean
  /** What to do about it. */
  readonly cure?: string
}

const FAILED: Meaning = { code: 'BACKEND_FAILED', retryable: true }
const BROKEN: Meaning = { code: 'BACKEND_FAILED', retryable: false }
const MISSING: Meaning = {
  code: 'NOT_SUPPORTED',
  cure: 'Apply the migration that `npx synclayer-supabase migration` makes, and expose the schema it is in.',
}

/** By the beginning of a code; the longest that fits decides. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  // No connection, no schema yet, no free connection in time.
  PGRST0: FAILED,
  PGRST003: { code: 'TIMEOUT' },
  // Requests that are not understood.
  PGRST1: { code: 'PROTOCOL' },
  PGRST106: MISSING,
  // Functions that are not there, or not in this shape.
  PGRST2: MISSING,
  PGRST3: { code: 'UNAUTHENTICATED' },
  PGRST300: BROKEN,
  PGRSTX: FAILED,
  '08': FAILED,
  // Text that is no JSON, or that PostgreSQL cannot hold.
  '22': { code: 'PROTOCOL' },
  '25006': FAILED,
  '28': BROKEN,
  '40': FAILED,
  '42501': {
    code: 'FORBIDDEN',
    cure: 'Say in the function synclayer.authorize who may use the scope.',
  },
  '42883': MISSING,
  '42P01': MISSING,
  '53': FAILED,
  '54': BROKEN,
  '55P03': FAILED,
  '57': FAILED,
  '57014': { code: 'TIMEOUT', cure: 'The statement took longer than the role of the user may.' },
  '58': FAILED,
}

/** For answers of whatever stands before PostgREST. All others say only that something else has answered. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  413: 'RECORD_TOO_LARGE',
  429: 'RATE_LIMITED',
  504: 'TIMEOUT',
  524: 'TIMEOUT',
}

/** The error that an answer stands for, any but 200. NETWORK where nothing is known of what was asked. */
export function errorOf(answer: Answer): SyncError {
  const { status, asked, retryAfterMs } = answer
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  const error = readError(answer.body)
  if (error === null) {
    const code = BY_STATUS[status] ?? (status >= 500 ? 'BACKEND_FAILED' : 'NETWORK')
    return new SyncError(
      code,
      `${asked} was answered with status ${status}, and with no error of PostgREST.`,
      {
        details: { status, ...wait },
      },
    )
  }
  const { code, retryable, cure } = meaningOf(status, error)
  const message = `${asked} was refused (${error.code}): ${error.message}.${cure === undefined ? '' : ` ${cure}`}`
  return new SyncError(code, message, {
    details: { status, ...wait, [error.code.startsWith('PGRST') ? 'postgrest' : 'sqlstate']: error.code },
    ...(retryable === undefined ? {} : { retryable }),
  })
}

/** An answer of status 200 that is not what the function gives: nothing is known of what was asked. */
export function brokenAnswer(asked: string, cause: unknown): SyncError {
  return new SyncError('NETWORK', `${asked} was answered with something else than the function gives.`, {
    cause,
  })
}

function meaningOf(status: number, { code, details }: RestError): Meaning {
  // How `synclayer.authorize` says that a scope is no longer the user's.
  if (code === 'PT403') return { code: details === 'SCOPE_REVOKED' ? 'SCOPE_REVOKED' : 'FORBIDDEN' }
  // Whoever is not signed in may be allowed more once they are.
  if (status === 401) return { code: 'UNAUTHENTICATED' }
  if (status === 429) return { code: 'RATE_LIMITED' }
  for (let length = code.length; length > 1; length--) {
    const meaning = BY_CODE[code.slice(0, length)]
    if (meaning !== undefined) return meaning
  }
  return status >= 500 ? FAILED : BROKEN
}

function readError(body: unknown): RestError | null {
  if (typeof body !== 'object' || body === null) return null
  const { code, message } = body as Partial<RestError>
  return typeof code === 'string' && typeof message === 'string' ? (body as RestError) : null
}
