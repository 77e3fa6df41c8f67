/** Mutations as a backend receives them: checked to the last field, since what is stored reaches every client. */
import type { Path } from '../protocol/identifiers.ts'
import type { Mutation, Patch } from '../protocol/mutation.ts'
import type { Json } from '../shared/json.ts'
import { copyJson, MAX_LEVELS } from './check-document.ts'
import { collectionNameProblem, idProblem } from './check-names.ts'
import { readTime, readVersion } from './check-record.ts'
import { parsePointer } from './json-pointer.ts'
import { checkPointers } from './patch.ts'
import { guarded, type Members, readArray, readCount, readObject, refuse, ShapeError } from './shape.ts'

const CLIENT_ID = /^[\x21-\x7e]{1,128}$/

/** `clientId.n`, as one client counts them. */
const MUTATION_ID = /^[\x21-\x7e]{1,128}\.(?:0|[1-9][0-9]{0,15})$/

/**
 * The mutation as a clean copy: known members only, data by the rules of documents. Throws INVALID_MUTATION with
 * `details.path`.
 */
export function checkMutation(value: unknown): Mutation {
  return guarded('INVALID_MUTATION', 'mutation', () => {
    const mutation = readObject(value, '')
    const { id, collection, recordId, kind, base, time, group } = mutation
    if (!isMutationId(id)) throw new ShapeError('id', 'must be clientId.n')
    refuse(collectionNameProblem(collection), 'collection')
    refuse(idProblem(recordId), 'recordId')
    if (base !== null) readVersion(base, 'base')
    readTime(time, 'time')
    if (group !== undefined && !isGroup(group)) throw new ShapeError('group', 'must have 1 to 128 characters')
    const schema = readCount(mutation['schema'], 'schema')
    // Not spread: V8 gives each object that is made so a hidden class of its own, and reads none of them fast.
    const checked: Record<string, unknown> = { id, collection, recordId, base, time, schema, kind }
    if (group !== undefined) checked['group'] = group
    const { data, patch } = readContent(mutation)
    if (data !== undefined) checked['data'] = data
    if (patch !== undefined) checked['patch'] = patch
    return checked as unknown as Mutation
  })
}

/** The patch as a clean copy. Throws INVALID_MUTATION with `details.path`. */
export function checkPatch(value: unknown): Patch {
  return guarded('INVALID_MUTATION', 'patch', () => readPatch(value, ''))
}

/** True for what may name a client: then its mutations have ids. */
export function isClientId(value: unknown): value is string {
  return typeof value === 'string' && CLIENT_ID.test(value)
}

/** True for `clientId.n`. */
export function isMutationId(value: unknown): value is string {
  return typeof value === 'string' && MUTATION_ID.test(value)
}

/** True for what may name a group. */
export function isGroup(value: unknown): value is string {
  return typeof value === 'string' && idProblem(value) === null
}

function readContent(mutation: Members): { readonly data?: Json; readonly patch?: Patch } {
  const { kind, data, patch, base, recordId } = mutation
  switch (kind) {
    case 'put':
      if (patch !== undefined) throw new ShapeError('patch', 'must be left out of a put')
      return { data: readDocument(data, recordId as string) }
    case 'patch':
      if (data !== undefined) throw new ShapeError('data', 'must be left out of a patch')
      if (base === null) throw new ShapeError('base', 'must be a version: there is nothing to patch')
      return { patch: readPatch(patch, 'patch') }
    case 'delete':
      if (data !== undefined) throw new ShapeError('data', 'must be left out of a delete')
      if (patch !== undefined) throw new ShapeError('patch', 'must be left out of a delete')
      return {}
    default:
      throw new ShapeError('kind', 'must be put, patch or delete')
  }
}

function readDocument(value: unknown, recordId: string): Json {
  const data = readObject(value, 'data')
  const copy = copyJson(data, 'INVALID_MUTATION', 'data')
  if (data['id'] !== recordId) throw new ShapeError('data.id', 'must be the id of the record')
  return copy
}

function readPatch(value: unknown, path: string): Patch {
  const patch = readObject(value, path)
  const at = path === '' ? '' : `${path}.`
  const set = patch['set'] === undefined ? undefined : readObject(patch['set'], `${at}set`)
  const unset = patch['unset'] === undefined ? undefined : readArray(patch['unset'], `${at}unset`)
  const removed = unset?.map((pointer, index) => {
    if (typeof pointer !== 'string') throw new ShapeError(`${at}unset[${index}]`, 'must be a pointer')
    return pointer
  })
  const pointers = Object.keys(set ?? {})
  checkPointers([...pointers, ...(removed ?? [])])
  for (const pointer of removed ?? []) readKeys(pointer)
  const values: Record<string, Json> = {}
  for (const pointer of pointers) values[pointer] = readValue(set![pointer], pointer)
  return {
    ...(set === undefined ? {} : { set: values }),
    ...(removed === undefined ? {} : { unset: removed }),
  }
}

/** A value to set, in a document that may have so many levels and no more. */
function readValue(value: unknown, pointer: string): Json {
  const maxLevels = MAX_LEVELS - readKeys(pointer).length
  return copyJson(value, 'INVALID_MUTATION', `value of ${pointer}`, { maxLevels })
}

/** The keys on the way are, or become, keys of the document, and obey its rules: databases see them too. */
function readKeys(pointer: string): Path {
  const keys = parsePointer(pointer) ?? []
  let probe: unknown = null
  for (const key of [...keys].reverse()) probe = Object.fromEntries([[key, probe]])
  copyJson(probe, 'INVALID_MUTATION', 'patch')
  return keys
}
