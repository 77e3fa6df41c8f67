/** What the answer to one POST means for its mutation. Pure. */
import {
  deepEqual,
  type ErrorCode,
  isErrorCode,
  type Json,
  type Mutation,
  parseHlc,
  type PushOutcome,
  type RemoteRecord,
} from '@synclayer/core/adapter'
import { formatRfc3339 } from '@synclayer/core/protocol'
import type { Answer } from '@synclayer/adapter-kit/http'
import { errorOf } from '../http/map-error.ts'
import { mutationKey } from './mutation-key.ts'
import { encodeVersion } from './record-version.ts'
import { isMembers, readSimpleRecord, withId } from './simple-record.ts'

export type PostOutcome =
  | Extract<PushOutcome, { readonly status: 'accepted' | 'rejected' }>
  /** Undefined: the answer does not say what is there. */
  | { readonly status: 'conflict'; readonly current: RemoteRecord | null | undefined }
  /** Something else has answered, or it says nothing of the record: nothing is known. */
  | { readonly status: 'unread'; readonly code: ErrorCode }

type Members = Readonly<Record<string, unknown>>

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_MUTATION',
  403: 'FORBIDDEN',
  413: 'RECORD_TOO_LARGE',
  422: 'CONSTRAINT',
}

/** Throws what every other mutation would meet too. */
export function outcomeOf(mutation: Mutation, answer: Answer): PostOutcome {
  const { status, body } = answer
  switch (status) {
    case 200:
    case 201:
    case 204:
      // A page of a network's own, as of a hotel, is 200 as well: without JSON it is not the backend's answer.
      if (status === 200 && body === undefined) return { status: 'unread', code: 'NETWORK' }
      return accepted(mutation, isMembers(body) ? body : {})
    case 409:
      return conflict(mutation, body)
    case 401:
    case 429:
    case 503:
      throw errorOf(answer)
    case 403:
      // Without JSON it is what stands between that refuses.
      if (body === undefined) return { status: 'unread', code: 'FORBIDDEN' }
      if (isOfTheScope(body)) throw errorOf(answer)
      return rejected(status, body)
    case 400:
    case 413:
    case 422:
      return rejected(status, body)
    default:
      return { status: 'unread', code: errorOf(answer).code }
  }
}

function accepted({ kind, data, recordId, time }: Mutation, body: Members): PostOutcome {
  const sentAt = formatRfc3339(parseHlc(time).ms)
  const version = encodeVersion(body['version']) || encodeVersion(body['updatedAt']) || encodeVersion(sentAt)
  const stored = withId(body['data'], recordId)
  const isOther = kind === 'put' && isMembers(stored) && !deepEqual(stored as Json, data!)
  return { status: 'accepted', version, ...(isOther ? { data: stored as Json } : {}) }
}

function conflict(mutation: Mutation, body: unknown): PostOutcome {
  const told = currentIn(body)
  if (told === null) return { status: 'conflict', current: null }
  if (told === undefined || told['recordId'] !== mutation.recordId) {
    return { status: 'conflict', current: undefined }
  }
  const { record: current, ms } = readSimpleRecord(told, mutation.collection)
  if (ms === null || current.version === '') return { status: 'conflict', current: undefined }
  return told['mutation'] === mutationKey(mutation) || saysTheSame(mutation, current)
    ? { status: 'accepted', version: current.version }
    : { status: 'conflict', current }
}

/** The record in the answer, wherever backends put it; null where they say that there is none. */
function currentIn(body: unknown): Members | null | undefined {
  if (body === null) return null
  if (!isMembers(body)) return undefined
  if (Object.hasOwn(body, 'recordId')) return body
  const details = isMembers(body['error']) ? body['error']['details'] : undefined
  const holder = Object.hasOwn(body, 'current') ? body : details
  if (!isMembers(holder)) return undefined
  const { current } = holder
  return current === null || isMembers(current) ? current : undefined
}

/**
 * The record is as the mutation would have made it: by this very mutation, whose answer was lost, or by another that says
 * the same. A backend that knows no keys cannot tell the two apart, and nothing else can.
 */
function saysTheSame({ kind, data }: Mutation, current: RemoteRecord): boolean {
  if (kind === 'delete') return current.deleted
  return !current.deleted && deepEqual(current.data ?? null, data!)
}

function rejected(status: number, body: unknown): PostOutcome {
  const error = isMembers(body) ? body['error'] : undefined
  const said = isMembers(error) ? error : isMembers(body) ? body : {}
  const { code, message } = said
  const reason = typeof message === 'string' ? message : typeof error === 'string' ? error : undefined
  const known = isErrorCode(code) ? code : CODE_BY_STATUS[status]!
  return {
    status: 'rejected',
    code: known,
    reason: reason ?? `The backend answered with status ${status}`,
  }
}

/** The whole scope is refused, and not this record. */
function isOfTheScope(body: unknown): boolean {
  const error = isMembers(body) ? body['error'] : undefined
  if (!isMembers(error)) return false
  return error['code'] === 'SCOPE_REVOKED' || (isMembers(error['details']) && 'scope' in error['details'])
}
