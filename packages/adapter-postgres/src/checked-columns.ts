/**
 * Mutations as columns, a line of each for each: what `push_checked` takes. A database splits a text at line breaks in a
 * fraction of the time that it reads the same as JSON, and nothing that goes in needs to be escaped: texts of checked
 * mutations hold no control characters, and JSON writes a line break as two characters.
 */
import type { Prepared, Unit } from '@synclayer/adapter-kit'

/** Units, ready to be sent. */
export interface CheckedUnits {
  /** The ids, in the order in which outcomes come back. */
  readonly ids: readonly string[]
  /** For each mutation the place of the first of its group, counted from 1; 0 where it has none. */
  readonly groups: readonly number[]
  /** A key for each record that is changed. */
  readonly records: readonly string[]
  /** A text for each of COLUMNS. */
  readonly columns: readonly string[]
}

const COLUMNS: readonly ((prepared: Prepared) => string | number)[] = [
  ({ n }) => n,
  ({ mutation }) => mutation.collection,
  ({ mutation }) => mutation.recordId,
  ({ mutation }) => mutation.kind,
  ({ mutation }) => mutation.base ?? '',
  ({ mutation }) => mutation.time,
  ({ mutation }) => mutation.schema,
  ({ mutation, document }) =>
    document ?? (mutation.patch === undefined ? '' : JSON.stringify(mutation.patch)),
]

/** True for a base that can be sent. One that cannot is none that was ever given. */
export function isLine(base: string): boolean {
  return !base.includes('\n')
}

export function toColumns(units: readonly Unit[]): CheckedUnits {
  const rows = units.flat()
  return {
    ids: rows.map(({ mutation }) => mutation.id),
    groups: groupsOf(units),
    records: rows.map(({ mutation: { collection, recordId } }) => `${collection} ${recordId}`),
    columns: COLUMNS.map((read) => rows.map(read).join('\n')),
  }
}

/** The fields of `checked_columns`, for several requests together. */
export function joinColumns(requests: readonly CheckedUnits[]): readonly string[] {
  const filled = requests.filter(({ ids }) => ids.length > 0)
  const places: string[] = []
  const groups: string[] = []
  for (const [index, request] of requests.entries()) {
    const before = places.length
    for (const group of request.groups) {
      places.push(String(index + 1))
      groups.push(group === 0 ? '' : String(before + group))
    }
  }
  const columns = COLUMNS.map((_, column) => filled.map((request) => request.columns[column]).join('\n'))
  return [places.join('\n'), groups.join('\n'), ...columns]
}

/** True where no two mutations of these requests change one record, and no two have one id. */
export function areDistinct(requests: readonly CheckedUnits[]): boolean {
  return (['ids', 'records'] as const).every((key) => {
    const values = requests.flatMap((request) => request[key])
    return new Set(values).size === values.length
  })
}

function groupsOf(units: readonly Unit[]): readonly number[] {
  const groups: number[] = []
  for (const unit of units) {
    const isGroup = unit.length > 1
    const first = groups.length + 1
    for (let count = 0; count < unit.length; count += 1) groups.push(isGroup ? first : 0)
  }
  return groups
}
