/** Ids and names (D3). The `…Problem` functions answer what is wrong, or null; the `check…` functions throw. */
import { SyncError } from '../errors/sync-error.ts'
import { isStorableText } from './text.ts'

const MAX_LENGTH = 128
const COLLECTION_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/
const SCOPE = /^[\x20-\x7e]{1,128}$/
const PLAIN_ID = /^[\x20-\x7e]+$/
const CONTROL = /\p{Cc}/u

/** What keeps a value from being a document's id; null: nothing does. Length is counted in UTF-16 code units. */
export function idProblem(id: unknown): string | null {
  if (typeof id !== 'string') return 'must be a string'
  if (id.length === 0) return 'must not be empty'
  if (id.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters, not ${id.length}`
  if (PLAIN_ID.test(id)) return null
  if (CONTROL.test(id)) return 'must not hold control characters'
  return isStorableText(id) ? null : 'must not hold half of a surrogate pair'
}

/** What keeps a value from being the name of a collection; null: nothing does. */
export function collectionNameProblem(name: unknown): string | null {
  if (typeof name !== 'string') return 'must be a string'
  if (COLLECTION_NAME.test(name)) return null
  return 'must begin with a letter and have 1 to 63 letters, digits and underscores (A to Z, a to z, 0 to 9, _)'
}

/** What keeps a value from being a scope; null: nothing does. */
export function scopeProblem(scope: unknown): string | null {
  if (typeof scope !== 'string') return 'must be a string'
  return SCOPE.test(scope) ? null : 'must have 1 to 128 printable ASCII characters'
}

/** The id, if it may be one. Throws INVALID_DOCUMENT with `details.path` `id`. */
export function checkId(id: unknown): string {
  const reason = idProblem(id)
  if (reason === null) return id as string
  throw new SyncError('INVALID_DOCUMENT', `The id ${show(id)} is refused: it ${reason}.`, {
    details: { path: 'id', reason },
  })
}

/** The name, if a collection may have it. Throws INVALID_OPTION. */
export function checkCollectionName(name: unknown): string {
  return checkOption(name, 'collection', collectionNameProblem(name))
}

/** The scope, if it may be one. Throws INVALID_OPTION. */
export function checkScope(scope: unknown): string {
  return checkOption(scope, 'scope', scopeProblem(scope))
}

function checkOption(value: unknown, option: string, reason: string | null): string {
  if (reason === null) return value as string
  throw new SyncError('INVALID_OPTION', `The ${option} ${show(value)} is refused: it ${reason}.`, {
    details: { option, reason },
  })
}

function show(value: unknown): string {
  if (typeof value !== 'string') return `(${value === null ? 'null' : typeof value})`
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
}
