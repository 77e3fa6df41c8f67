/** Records as they come from a backend, a file or another process. Cheap: pages of 100,000 pass through here. */
import type { RemoteRecord } from '../protocol/mutation.ts'
import { MAX_LEVELS } from './check-document.ts'
import { collectionNameProblem, idProblem } from './check-names.ts'
import { isHlc } from './is-hlc.ts'
import { isPlainObject } from './plain.ts'
import { guarded, isCount, type Members, readObject, refuse, ShapeError } from './shape.ts'

/** The record, if it is one; the very object, not copied. Throws PROTOCOL with `details.path`. */
export function checkRemoteRecord(value: unknown): RemoteRecord {
  return guarded('PROTOCOL', 'record', () => readRecord(value, ''))
}

/** For checks that contain this one: throws ShapeError. */
export function readRecord(value: unknown, path: string): RemoteRecord {
  const record = readObject(value, path)
  const at = path === '' ? '' : `${path}.`
  refuse(collectionNameProblem(record['collection']), `${at}collection`)
  refuse(idProblem(record['id']), `${at}id`)
  readVersion(record['version'], `${at}version`)
  readTime(record['time'], `${at}time`)
  if (!isCount(record['schema'])) throw new ShapeError(`${at}schema`, 'must be a whole number, 0 or more')
  const { mutation, deleted, text } = record
  if (mutation !== undefined && typeof mutation !== 'string') {
    throw new ShapeError(`${at}mutation`, 'must be a string, or be left out')
  }
  if (text !== undefined && typeof text !== 'string') {
    throw new ShapeError(`${at}text`, 'must be a string, or be left out')
  }
  if (deleted === false) readData(record, `${at}data`)
  else if (deleted !== true) throw new ShapeError(`${at}deleted`, 'must be true or false')
  return record as unknown as RemoteRecord
}

/** A version: any text but the empty one. */
export function readVersion(value: unknown, path: string): void {
  if (typeof value !== 'string' || value === '') throw new ShapeError(path, 'must be a version, a string')
}

/** A hybrid time in its written form. */
export function readTime(value: unknown, path: string): void {
  if (!isHlc(value)) {
    throw new ShapeError(path, 'must be a hybrid time: 12 hex digits, -, 4, -, 16, in lower case')
  }
}

function readData(record: Members, path: string): void {
  const data = readObject(record['data'], path)
  if (data['id'] !== record['id']) throw new ShapeError(`${path}.id`, 'must be the id of the record')
  refuse(jsonProblem(data, MAX_LEVELS), path)
}

/**
 * What keeps a value from being JSON of so many levels; null: nothing does. It copies nothing and does not look into
 * texts; it finds what would break those who walk the document later: too deep, Dates and other objects, undefined.
 */
export function jsonProblem(value: unknown, levels: number): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null
    case 'number':
      return Number.isFinite(value) ? null : 'must not hold numbers that are not finite'
    case 'object':
      return value === null ? null : containerProblem(value, levels)
    default:
      return `must be JSON, and holds a value of type ${typeof value}`
  }
}

function containerProblem(container: object, levels: number): string | null {
  if (levels === 0) return `must not have more than ${MAX_LEVELS} levels`
  if (Array.isArray(container)) {
    for (let index = 0; index < container.length; index++) {
      const problem = jsonProblem(container[index], levels - 1)
      if (problem !== null) return problem
    }
    return null
  }
  if (!isPlainObject(container)) return 'must be JSON, and holds an instance of a class'
  for (const key of Object.keys(container)) {
    if (key === '__proto__') return 'must not hold the key __proto__'
    const problem = jsonProblem(container[key], levels - 1)
    if (problem !== null) return problem
  }
  return null
}
