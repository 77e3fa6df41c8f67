/**
 * What a backend answers. A page with one change that cannot be read is still a page: that change is set aside and
 * told, and the rest goes on (W19). Members nobody knows are passed over, so that newer backends can say more.
 */
import { isErrorCode } from '../errors/codes.ts'
import type { Change, PullResponse, PushResponse, PushResult } from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import { collectionNameProblem, idProblem } from './check-names.ts'
import { jsonProblem, readRecord, readVersion } from './check-record.ts'
import { MAX_LEVELS } from './check-document.ts'
import {
  explain,
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

/** A part of an answer that was set aside. Collection and id are there where they could be read. */
export interface Unreadable {
  readonly index: number
  readonly collection?: string
  readonly id?: string
  readonly reason: string
}

export interface CheckedPull {
  /** Only what could be read; the very answer, where that is all of it. */
  readonly response: PullResponse
  readonly unreadable: readonly Unreadable[]
}

export interface CheckedPush {
  /** Only what could be read: a missing result counts as unknown, and its mutation is sent again. */
  readonly response: PushResponse
  readonly unreadable: readonly Unreadable[]
}

export interface CheckedFetch {
  readonly records: readonly RemoteRecord[]
  readonly unreadable: readonly Unreadable[]
}

/** The answer to a pull. Throws PROTOCOL where the page itself cannot be read. */
export function checkPullResponse(value: unknown): CheckedPull {
  return guarded('PROTOCOL', 'answer to the pull', () => {
    const page = readObject(value, '')
    readText(page['cursor'], 'cursor')
    readText(page['epoch'], 'epoch')
    readBoolean(page['hasMore'], 'hasMore')
    readServerTime(page['serverTime'], 'serverTime')
    if (page['remaining'] !== undefined) readCount(page['remaining'], 'remaining')
    const { read, unreadable } = readEach(readArray(page['changes'], 'changes'), 'changes', readChange)
    const response = unreadable.length === 0 ? page : { ...page, changes: read }
    return { response: response as unknown as PullResponse, unreadable }
  })
}

/** The answer to a push. Throws PROTOCOL where the answer itself cannot be read. */
export function checkPushResponse(value: unknown): CheckedPush {
  return guarded('PROTOCOL', 'answer to the push', () => {
    const answer = readObject(value, '')
    readServerTime(answer['serverTime'], 'serverTime')
    const { read, unreadable } = readEach(readArray(answer['results'], 'results'), 'results', readResult)
    return { response: { ...answer, results: read } as unknown as PushResponse, unreadable }
  })
}

/** The answer to a fetch. Throws PROTOCOL where it is no list. */
export function checkFetchResponse(value: unknown): CheckedFetch {
  return guarded('PROTOCOL', 'answer to the fetch', () => {
    const list = readArray(value, '')
    const { read, unreadable } = readEach(list, 'records', readRecord)
    return { records: unreadable.length === 0 ? (list as readonly RemoteRecord[]) : read, unreadable }
  })
}

function readEach<Part>(
  list: readonly unknown[],
  name: string,
  read: (value: unknown, path: string) => Part,
): { readonly read: readonly Part[]; readonly unreadable: readonly Unreadable[] } {
  const parts: Part[] = []
  const unreadable: Unreadable[] = []
  for (let index = 0; index < list.length; index++) {
    try {
      parts.push(read(list[index], ''))
    } catch (error) {
      unreadable.push(setAside(list[index], index, name, error))
    }
  }
  return { read: parts, unreadable }
}

function setAside(value: unknown, index: number, name: string, error: unknown): Unreadable {
  const { path, reason } = explain(error)
  const at = path === '' ? `${name}[${index}]` : `${name}[${index}].${path}`
  const { collection, id } = namesOf(value)
  return {
    index,
    ...(collection === undefined ? {} : { collection }),
    ...(id === undefined ? {} : { id }),
    reason: `${at} ${reason}`,
  }
}

/** Even a look at what cannot be read may throw. */
function namesOf(value: unknown): { readonly collection?: string; readonly id?: string } {
  try {
    const { collection, id } = readObject(value, '')
    return {
      ...(collectionNameProblem(collection) === null ? { collection: collection as string } : {}),
      ...(typeof id === 'string' ? { id } : {}),
    }
  } catch {
    return {}
  }
}

function readChange(value: unknown, path: string): Change {
  const change = readObject(value, path)
  const { kind } = change
  if (kind === 'leave') {
    refuse(collectionNameProblem(change['collection']), 'collection')
    refuse(idProblem(change['id']), 'id')
    readVersion(change['version'], 'version')
    return change as unknown as Change
  }
  if (kind !== 'put' && kind !== 'delete') throw new ShapeError('kind', 'must be put, delete or leave')
  if (change['deleted'] !== (kind === 'delete')) throw new ShapeError('deleted', 'must agree with kind')
  return readRecord(change, path) as Change
}

function readResult(value: unknown, path: string): PushResult {
  const result = readObject(value, path)
  readText(result['id'], 'id')
  switch (result['status']) {
    case 'accepted':
      readVersion(result['version'], 'version')
      if (result['data'] !== undefined) {
        readObject(result['data'], 'data')
        refuse(jsonProblem(result['data'], MAX_LEVELS), 'data')
      }
      break
    case 'conflict':
      if (result['current'] !== null) readRecord(result['current'], 'current')
      break
    case 'aborted':
      break
    case 'rejected':
      if (typeof result['reason'] !== 'string') throw new ShapeError('reason', 'must be a string')
      return withKnownCode(result)
    case 'retry':
      if (result['retryAfterMs'] !== undefined && !isCount(result['retryAfterMs'])) {
        throw new ShapeError('retryAfterMs', 'must be a whole number, 0 or more')
      }
      return withKnownCode(result)
    default:
      throw new ShapeError('status', 'must be accepted, conflict, rejected, aborted or retry')
  }
  return result as unknown as PushResult
}

/** A code of a newer backend says what it says by the status; this client knows it as BACKEND_FAILED. */
function withKnownCode(result: Members): PushResult {
  const code = readText(result['code'], 'code')
  const { details } = result
  if (details !== undefined) {
    readObject(details, 'details')
    refuse(jsonProblem(details, MAX_LEVELS), 'details')
  }
  if (isErrorCode(code)) return result as unknown as PushResult
  return {
    ...result,
    code: 'BACKEND_FAILED',
    details: { ...(details as Members | undefined), code },
  } as unknown as PushResult
}
