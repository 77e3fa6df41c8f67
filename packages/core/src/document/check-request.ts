/** What a client asks of a backend, as a server receives it. Throws PROTOCOL: such a request is answered with 400. */
import type { ErrorCode } from '../errors/codes.ts'
import type { Filter, Projection } from '../protocol/filter.ts'
import type {
  FetchRequest,
  PullCollection,
  PullRequest,
  PushRequest,
  PushResult,
} from '../protocol/messages.ts'
import type { Mutation } from '../protocol/mutation.ts'
import { copyJson } from './check-document.ts'
import { checkMutation, isClientId, isGroup, isMutationId } from './check-mutation.ts'
import { collectionNameProblem, idProblem, scopeProblem } from './check-names.ts'
import { explain, guarded, readArray, readCount, readObject, readText, refuse, ShapeError } from './shape.ts'

export interface CheckedPushRequest {
  /** With those mutations that can be applied. */
  readonly request: PushRequest
  /**
   * The results of the others: rejected as INVALID_MUTATION, or aborted where another of their group was. To be sent
   * along with the adapter's, so that one bad mutation holds up no other (W19, A10).
   */
  readonly refused: readonly PushResult[]
}

const CODE: ErrorCode = 'PROTOCOL'

/** A push. What is wrong with one mutation becomes its result; what is wrong with the rest throws PROTOCOL. */
export function checkPushRequest(value: unknown): CheckedPushRequest {
  return guarded(CODE, 'push request', () => {
    const body = readObject(value, '')
    const scope = readScope(body['scope'])
    const { clientId } = body
    if (!isClientId(clientId)) {
      throw new ShapeError('clientId', 'must have 1 to 128 printable ASCII characters, and no spaces')
    }
    const settled = readCount(body['settled'], 'settled')
    const epoch = readText(body['epoch'], 'epoch')
    const cursor = readText(body['cursor'], 'cursor')
    const fields = body['fields'] === undefined ? {} : { fields: readFieldsByCollection(body['fields']) }
    const { mutations, refused } = readMutations(readArray(body['mutations'], 'mutations'), clientId)
    return { request: { scope, clientId, settled, epoch, cursor, ...fields, mutations }, refused }
  })
}

/** A pull, as a clean copy. The meaning of its filters is checked where they are evaluated. */
export function checkPullRequest(value: unknown): PullRequest {
  return guarded(CODE, 'pull request', () => {
    const body = readObject(value, '')
    const scope = readScope(body['scope'])
    const collections = readArray(body['collections'], 'collections').map(readCollection)
    const cursor = body['cursor'] === null ? null : readText(body['cursor'], 'cursor')
    return { scope, collections, cursor, limit: readCount(body['limit'], 'limit') }
  })
}

/** A fetch, as a clean copy. */
export function checkFetchRequest(value: unknown): FetchRequest {
  return guarded(CODE, 'fetch request', () => {
    const body = readObject(value, '')
    const scope = readScope(body['scope'])
    const collection = readName(body['collection'], 'collection')
    const ids = readArray(body['ids'], 'ids').map((id, index) => {
      refuse(idProblem(id), `ids[${index}]`)
      return id as string
    })
    const fields = body['fields'] === undefined ? {} : { fields: readProjection(body['fields'], 'fields') }
    return { scope, collection, ids, ...fields }
  })
}

function readMutations(
  list: readonly unknown[],
  clientId: string,
): { readonly mutations: readonly Mutation[]; readonly refused: readonly PushResult[] } {
  const readable: Mutation[] = []
  const refused: PushResult[] = []
  const broken = new Set<string>()
  const seen = new Set<string>()
  list.forEach((value, index) => {
    const { id, group } = readHead(value, `mutations[${index}]`, clientId)
    if (seen.has(id)) throw new ShapeError(`mutations[${index}].id`, 'is sent twice in one request')
    seen.add(id)
    try {
      readable.push(checkMutation(value))
    } catch (error) {
      const { path, reason } = explain(error)
      if (group !== undefined) broken.add(group)
      refused.push({
        id,
        status: 'rejected',
        code: 'INVALID_MUTATION',
        reason: `${path} ${reason}`,
        details: { path },
      })
    }
  })
  const mutations = readable.filter((mutation) => mutation.group === undefined || !broken.has(mutation.group))
  const aborted = readable.filter((mutation) => mutation.group !== undefined && broken.has(mutation.group))
  return {
    mutations,
    refused: [...refused, ...aborted.map(({ id }) => ({ id, status: 'aborted' }) as const)],
  }
}

/** Without its id a mutation cannot be answered, without its group the others of that group cannot be told. */
function readHead(
  value: unknown,
  path: string,
  clientId: string,
): { readonly id: string; readonly group?: string } {
  const { id, group } = readObject(value, path)
  if (!isMutationId(id)) throw new ShapeError(`${path}.id`, 'must be clientId.n')
  if (id.slice(0, id.lastIndexOf('.')) !== clientId) {
    throw new ShapeError(`${path}.id`, 'must be an id of the clientId of the request')
  }
  if (group === undefined) return { id }
  if (!isGroup(group)) throw new ShapeError(`${path}.group`, 'must have 1 to 128 characters')
  return { id, group }
}

export function readCollection(value: unknown, index: number): PullCollection {
  const path = `collections[${index}]`
  const { name, filter, fields } = readObject(value, path)
  return {
    name: readName(name, `${path}.name`),
    ...(filter === undefined ? {} : { filter: readFilter(filter, `${path}.filter`) }),
    ...(fields === undefined ? {} : { fields: readProjection(fields, `${path}.fields`) }),
  }
}

/** Plain JSON of bounded depth, with an operator: enough that evaluating it cannot harm whoever parses it. */
function readFilter(value: unknown, path: string): Filter {
  readText(readObject(value, path)['op'], `${path}.op`)
  return copyJson(value, CODE, path) as unknown as Filter
}

function readFieldsByCollection(value: unknown): Readonly<Record<string, Projection>> {
  const entries = Object.entries(readObject(value, 'fields'))
  return Object.fromEntries(
    entries.map(([name, projection]) => {
      readName(name, 'fields')
      return [name, readProjection(projection, `fields.${name}`)]
    }),
  )
}

function readProjection(value: unknown, path: string): Projection {
  const { only, except } = readObject(value, path)
  if ((only === undefined) === (except === undefined))
    throw new ShapeError(path, 'must have either only or except')
  return only === undefined
    ? { except: readNames(except, `${path}.except`) }
    : { only: readNames(only, `${path}.only`) }
}

function readNames(value: unknown, path: string): readonly string[] {
  return readArray(value, path).map((name, index) => {
    if (typeof name !== 'string') throw new ShapeError(`${path}[${index}]`, 'must be a string')
    return name
  })
}

export function readScope(value: unknown): string {
  refuse(scopeProblem(value), 'scope')
  return value as string
}

function readName(value: unknown, path: string): string {
  refuse(collectionNameProblem(value), path)
  return value as string
}
