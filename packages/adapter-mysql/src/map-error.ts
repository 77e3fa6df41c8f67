/** Translates what the driver throws, by its numbers and codes, never by its words. */
import { type ErrorCode, isSyncError, SyncError } from '@synclayer/core/adapter'

/** How one kind of failure is told. */
interface Kind {
  readonly code: ErrorCode
  readonly retryable: boolean
  /** What to do about it. */
  readonly cure?: string
}

const lasting = (cure: string, code: ErrorCode = 'BACKEND_FAILED'): Kind => ({ code, retryable: false, cure })
const passing = (cure: string, code: ErrorCode = 'BACKEND_FAILED'): Kind => ({ code, retryable: true, cure })

const LOST = passing('The connection was lost; another one is opened by the next call.', 'NETWORK')
const DENIED = lasting(
  'Check the user name, the password and the host the user may connect from.',
  'UNAUTHENTICATED',
)
const FORBIDDEN = lasting('Grant what the SQL of the schema lists under its grants.', 'FORBIDDEN')
const MISSING = lasting('Open the adapter with `migrate`, or apply the SQL of the schema.')
const READ_ONLY = passing('The server takes no writes: a failover may be under way, or it is a replica.')
const FULL = passing('The disk, or the table space, is full.')
const BUSY = passing(
  'Someone else holds the rows for too long: look for long transactions on synclayer_… tables.',
)
const CROWDED = passing(
  'The server has no connection left: lower `maxConnections`, or raise max_connections.',
)
const KILLED = passing('An administrator, or a limit of the server, ended the statement or its connection.')
const SLOW = passing('The statement took longer than it may.', 'TIMEOUT')

/** By the server's error number. */
const BY_NUMBER: ReadonlyMap<number, Kind> = new Map([
  [1040, CROWDED],
  [1203, CROWDED],
  [1226, CROWDED],
  [1044, FORBIDDEN],
  [1142, FORBIDDEN],
  [1143, FORBIDDEN],
  [1227, FORBIDDEN],
  [1370, FORBIDDEN],
  [1045, DENIED],
  [1130, DENIED],
  [1698, DENIED],
  [1820, DENIED],
  [1862, DENIED],
  [3118, DENIED],
  [1049, lasting('Create the database first: the adapter makes tables only.')],
  [1146, MISSING],
  [1054, MISSING],
  [1305, MISSING],
  [1290, READ_ONLY],
  [1792, READ_ONLY],
  [1836, READ_ONLY],
  [3100, READ_ONLY],
  [1021, FULL],
  [1114, FULL],
  [1153, lasting('Raise max_allowed_packet, or lower `maxRecordBytes`.')],
  [1665, lasting('Set binlog_format to ROW or MIXED: the adapter reads committed rows only.')],
  [1205, BUSY],
  [1213, BUSY],
  [1020, BUSY],
  [3058, BUSY],
  [3101, BUSY],
  [1053, KILLED],
  [1079, KILLED],
  [1080, KILLED],
  [1152, LOST],
  [1184, LOST],
  [1159, LOST],
  [1161, LOST],
  [1317, KILLED],
  [1927, KILLED],
  [3169, KILLED],
  [4031, LOST],
  [1969, SLOW],
  [3024, SLOW],
])

/** By the driver's or the platform's code, where no server answered. */
const BY_CODE: ReadonlyMap<string, Kind> = new Map([
  [
    'ECONNREFUSED',
    passing('Nothing listens there: is the server running, and are host and port right?', 'NETWORK'),
  ],
  ['ENOTFOUND', passing('The host has no address: is its name right?', 'NETWORK')],
  ['EAI_AGAIN', passing('The host has no address just now.', 'NETWORK')],
  ['ECONNRESET', LOST],
  ['EPIPE', LOST],
  ['EHOSTUNREACH', LOST],
  ['ENETUNREACH', LOST],
  ['ECONNABORTED', LOST],
  ['PROTOCOL_CONNECTION_LOST', LOST],
  ['PROTOCOL_INCORRECT_PACKET_SEQUENCE', LOST],
  ['PROTOCOL_PACKETS_OUT_OF_ORDER', LOST],
  ['ER_CLIENT_INTERACTION_TIMEOUT', LOST],
  ['ETIMEDOUT', passing('No connection in time: `connectTimeout` says how long to wait.', 'TIMEOUT')],
  [
    'PROTOCOL_SEQUENCE_TIMEOUT',
    passing('No answer in time: `statementTimeout` says how long to wait.', 'TIMEOUT'),
  ],
  ['HANDSHAKE_NO_SSL_SUPPORT', lasting('The server has no TLS: leave out `ssl`, or set it up there.')],
  ['HANDSHAKE_SSL_ERROR', lasting('TLS could not be agreed on: check `ssl` and the certificates.')],
])

// Errors of TLS have many codes of their own.
const CERTIFICATE = /CERT|^ERR_SSL|^ERR_TLS|SIGNATURE|ISSUER/
const UNKNOWN: Kind = { code: 'BACKEND_FAILED', retryable: false }

interface DriverError {
  readonly code: string | undefined
  readonly errno: number | undefined
}

function driverError(error: unknown): DriverError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, errno } = error as { readonly code?: unknown; readonly errno?: unknown }
  return {
    code: typeof code === 'string' ? code : undefined,
    errno: typeof errno === 'number' && errno > 0 ? errno : undefined,
  }
}

function kindOf({ code, errno }: DriverError): Kind {
  const known = (errno === undefined ? undefined : BY_NUMBER.get(errno)) ?? BY_CODE.get(code ?? '')
  if (known !== undefined) return known
  return code !== undefined && CERTIFICATE.test(code)
    ? lasting('The certificate was refused: check `ssl`, above all `ca`.')
    : UNKNOWN
}

/** Whether the server rolled the transaction back, or the statement, because others were in the way. */
export function isContention(error: unknown): boolean {
  return isErrno(error, 1213, 1205, 1020, 3058, 3101)
}

/** Whether it was the wait for a lock that ended, which takes its time. */
export function isLockTimeout(error: unknown): boolean {
  return isErrno(error, 1205)
}

/** Whether the error has one of the server's numbers. */
export function isErrno(error: unknown, ...numbers: readonly number[]): boolean {
  const errno = driverError(error)?.errno
  return errno !== undefined && numbers.includes(errno)
}

/** Whether the connection broke, or was ended, after it was made: whatever was not committed is undone. */
export function isConnectionLost(error: unknown): boolean {
  const driver = driverError(error)
  if (driver === undefined) return false
  const kind = kindOf(driver)
  if (kind === LOST || kind === KILLED) return true
  return (
    kind === UNKNOWN && driver.errno === undefined && (error as { readonly fatal?: unknown }).fatal === true
  )
}

/** Whether the connection is of no more use: it broke, or waits for an answer that may still come. */
export function isConnectionGone(error: unknown): boolean {
  return isConnectionLost(error) || driverError(error)?.code === 'PROTOCOL_SEQUENCE_TIMEOUT'
}

/** The error as a SyncError that says what happened, while doing what, and what to do about it. */
export function mapError(product: string, error: unknown, doing: string): SyncError {
  if (isSyncError(error)) return error
  const driver = driverError(error)
  const kind = driver === undefined ? UNKNOWN : kindOf(driver)
  const reason = error instanceof Error ? error.message : String(error)
  const cure = kind.cure === undefined ? '' : ` ${kind.cure}`
  return new SyncError(kind.code, `${product} failed while ${doing}: ${reason.replace(/\.?$/, '.')}${cure}`, {
    cause: error,
    retryable: kind.retryable,
    details: {
      ...(driver?.errno === undefined ? {} : { errno: driver.errno }),
      ...(driver?.code === undefined ? {} : { driver: driver.code }),
    },
  })
}
