/**
 * What client and server say besides the contract's messages, checked as it arrives. The JSON Schemas in schemas/ say the
 * same; a property test holds the two together. Members nobody knows are passed over.
 */
import { type ErrorCode, isErrorCode } from '../errors/codes.ts'
import type { AdapterCapabilities } from '../protocol/capabilities.ts'
import {
  type ClientMessage,
  type ErrorBody,
  type Hello,
  type ServerMessage,
  SOCKET_ERRORS,
  type SocketErrorCode,
  type SocketPage,
} from '../protocol/wire.ts'
import type { Json } from '../shared/json.ts'
import { MAX_LEVELS } from './check-document.ts'
import { jsonProblem } from './check-record.ts'
import { readCollection, readScope } from './check-request.ts'
import { type CheckedPull, checkPullResponse } from './check-response.ts'
import {
  guarded,
  isCount,
  type Members,
  readArray,
  readBoolean,
  readCount,
  readObject,
  readServerTime,
  readText,
  refuse,
  ShapeError,
} from './shape.ts'

/** What a server says over a socket. A page may have changes that were set aside. */
export type CheckedServerMessage =
  | Exclude<ServerMessage, { readonly type: 'page' }>
  | {
      readonly type: 'page'
      readonly id: number
      readonly page: SocketPage
      readonly unreadable: CheckedPull['unreadable']
    }

/** The answer to `GET /sync`, with what is known of it. Throws PROTOCOL with `details.path`. */
export function checkHello(value: unknown): Hello {
  return guarded('PROTOCOL', 'answer of the server', () => {
    const body = readObject(value, '')
    return {
      protocol: readAtLeastOne(body['protocol'], 'protocol'),
      capabilities: readCapabilities(body['capabilities']),
      maxRequestBytes: readAtLeastOne(body['maxRequestBytes'], 'maxRequestBytes'),
      maxIds: readAtLeastOne(body['maxIds'], 'maxIds'),
      serverTime: readServerTime(body['serverTime'], 'serverTime'),
    }
  })
}

/** The body of an answer that is not 200. Throws PROTOCOL where it is none: then something else has answered. */
export function checkErrorBody(value: unknown): ErrorBody {
  return guarded('PROTOCOL', 'error of the server', () => {
    const error = readObject(readObject(value, '')['error'], 'error')
    const code = readText(error['code'], 'error.code')
    const known: ErrorCode = isErrorCode(code) ? code : 'BACKEND_FAILED'
    return { error: { code: known, ...readExplanation(error, 'error.') } }
  })
}

/** A message of a client, as a clean copy. Throws PROTOCOL with `details.path`. */
export function checkClientMessage(value: unknown): ClientMessage {
  return guarded('PROTOCOL', 'message', () => {
    const message = readObject(value, '')
    switch (message['type']) {
      case 'hello': {
        const { token } = message
        if (token !== undefined && typeof token !== 'string')
          throw new ShapeError('token', 'must be a string')
        const protocol = readAtLeastOne(message['protocol'], 'protocol')
        return { type: 'hello', protocol, ...(token === undefined ? {} : { token }) }
      }
      case 'subscribe':
        return {
          type: 'subscribe',
          id: readCount(message['id'], 'id'),
          scope: readScope(message['scope']),
          collections: readArray(message['collections'], 'collections').map(readCollection),
          cursor: message['cursor'] === null ? null : readText(message['cursor'], 'cursor'),
        }
      case 'unsubscribe':
        return { type: 'unsubscribe', id: readCount(message['id'], 'id') }
      case 'ping':
        return { type: 'ping' }
      case 'pong':
        return { type: 'pong' }
      default:
        throw new ShapeError('type', 'must be hello, subscribe, unsubscribe, ping or pong')
    }
  })
}

/** A message of a server. Throws PROTOCOL with `details.path`. */
export function checkServerMessage(value: unknown): CheckedServerMessage {
  return guarded('PROTOCOL', 'message of the server', () => {
    const message = readObject(value, '')
    switch (message['type']) {
      case 'welcome':
        return { type: 'welcome', protocol: readAtLeastOne(message['protocol'], 'protocol') }
      case 'subscribed':
        return { type: 'subscribed', id: readCount(message['id'], 'id') }
      case 'wake':
        return { type: 'wake', id: readCount(message['id'], 'id') }
      case 'page': {
        const id = readCount(message['id'], 'id')
        const page = readObject(message['page'], 'page')
        const from = readText(page['from'], 'page.from')
        const { response, unreadable } = checkPullResponse(page)
        return { type: 'page', id, page: { ...response, from }, unreadable }
      }
      case 'error': {
        const id = message['id'] === undefined ? {} : { id: readCount(message['id'], 'id') }
        const code = readText(message['code'], 'code')
        return { type: 'error', ...id, code: knownSocketError(code), ...readExplanation(message, '') }
      }
      case 'ping':
        return { type: 'ping' }
      case 'pong':
        return { type: 'pong' }
      default:
        throw new ShapeError('type', 'must be welcome, subscribed, page, wake, error, ping or pong')
    }
  })
}

function readCapabilities(value: unknown): AdapterCapabilities {
  const members = readObject(value, 'capabilities')
  const flag = (name: string): boolean => readBoolean(members[name], `capabilities.${name}`)
  const count = (name: string): number => readAtLeastOne(members[name], `capabilities.${name}`)
  return {
    consistency: readOneOf(members['consistency'], ['strict', 'relaxed'], 'capabilities.consistency'),
    orderedVersions: flag('orderedVersions'),
    patch: flag('patch'),
    groups: flag('groups'),
    realtime: flag('realtime'),
    memory: readOneOf(members['memory'], ['full', 'record'], 'capabilities.memory'),
    maxBatch: count('maxBatch'),
    maxRecordBytes: count('maxRecordBytes'),
  }
}

function readExplanation(
  members: Members,
  at: string,
): {
  readonly message: string
  readonly details?: Readonly<Record<string, Json>>
  readonly retryAfterMs?: number
} {
  const { message, details, retryAfterMs } = members
  if (typeof message !== 'string') throw new ShapeError(`${at}message`, 'must be a string')
  if (details !== undefined) {
    readObject(details, `${at}details`)
    refuse(jsonProblem(details, MAX_LEVELS), `${at}details`)
  }
  if (retryAfterMs !== undefined && !isCount(retryAfterMs)) {
    throw new ShapeError(`${at}retryAfterMs`, 'must be a whole number, 0 or more')
  }
  return {
    message,
    ...(details === undefined ? {} : { details: details as Readonly<Record<string, Json>> }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** A code of a newer server is an error all the same. */
function knownSocketError(code: string): SocketErrorCode {
  return Object.hasOwn(SOCKET_ERRORS, code) ? (code as SocketErrorCode) : 'SERVER_ERROR'
}

function readOneOf<Value extends string>(value: unknown, values: readonly Value[], path: string): Value {
  const found = values.find((one) => one === value)
  if (found === undefined) throw new ShapeError(path, `must be ${values.join(' or ')}`)
  return found
}

function readAtLeastOne(value: unknown, path: string): number {
  if (!isCount(value) || value === 0) throw new ShapeError(path, 'must be a whole number, 1 or more')
  return value
}
