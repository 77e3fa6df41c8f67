/** A conflict in plain words: field by field, what both began from, what each side did, what was kept and why. */
import type { ConflictEvent } from '@synclayer/core'
import { isDeepStrictEqual } from 'node:util'

export interface FieldWords {
  readonly field: string
  readonly base: string
  readonly here: string
  readonly there: string
  readonly kept: string
  readonly why: string
}

export interface People {
  readonly here: string
  readonly there: string
}

/** Only fields that somebody changed. */
export function conflictInWords(conflict: ConflictEvent, people: People): readonly FieldWords[] {
  const { base, local, remote, resolved } = conflict
  if (local === null || remote === null) return [deletionInWords(conflict, people)]
  const fields = new Set([...changedPaths(base, local), ...changedPaths(base, remote)])
  return [...fields].map((field) => {
    const sides = {
      base: valueAt(base, field),
      here: valueAt(local, field),
      there: valueAt(remote, field),
      kept: valueAt(resolved, field),
    }
    return {
      field,
      base: textOf(sides.base),
      here: isDeepStrictEqual(sides.here, sides.base) ? 'unchanged' : textOf(sides.here),
      there: isDeepStrictEqual(sides.there, sides.base) ? 'unchanged' : textOf(sides.there),
      kept: textOf(sides.kept),
      why: reasonOf(sides, people),
    }
  })
}

function deletionInWords({ base, local, remote, resolved }: ConflictEvent, people: People): FieldWords {
  const [deleter, editor] = local === null ? [people.here, people.there] : [people.there, people.here]
  const edited = local ?? remote
  const changes = [...changedPaths(base, edited)].map((path) => `${path} = ${textOf(valueAt(edited, path))}`)
  const words = changes.join(', ')
  return {
    field: 'the whole record',
    base: 'there',
    here: local === null ? 'deleted' : words,
    there: remote === null ? 'deleted' : words,
    kept: resolved === null ? 'deleted' : 'the edited record',
    why: `${deleter} deleted what ${editor} was still working on: work is not thrown away`,
  }
}

interface Sides {
  readonly base: unknown
  readonly here: unknown
  readonly there: unknown
  readonly kept: unknown
}

function reasonOf({ base, here, there, kept }: Sides, people: People): string {
  if (isDeepStrictEqual(here, base)) return `only ${people.there} changed it`
  if (isDeepStrictEqual(there, base)) return `only ${people.here} changed it`
  if (isDeepStrictEqual(here, there) && isDeepStrictEqual(kept, here)) return 'both changed it alike'
  if (isDeepStrictEqual(kept, here)) return `both changed it, ${people.here} later`
  if (isDeepStrictEqual(kept, there)) return `both changed it, ${people.there} later`
  if (typeof base === 'number' && typeof here === 'number' && typeof there === 'number') {
    return `both counted: ${signed(here - base)} here, ${signed(there - base)} there, and the base once`
  }
  return 'both changed it, and both changes are in'
}

function signed(difference: number): string {
  return difference < 0 ? `−${-difference}` : `+${difference}`
}

/** Where two documents differ, as dotted paths that are as long as both sides are objects. */
function changedPaths(before: unknown, after: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isObject(before) || !isObject(after)) return [path]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) =>
    changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`),
  )
}

function valueAt(document: unknown, path: string): unknown {
  let value = document
  for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined
  return value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `“${value}”`
  if (typeof value === 'number') return value.toLocaleString('en', { maximumFractionDigits: 6 })
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  if (isObject(value)) {
    const parts = Object.entries(value).map(([key, part]) => `${key} ${textOf(part)}`)
    return `{ ${parts.join(', ')} }`
  }
  return JSON.stringify(value)
}
