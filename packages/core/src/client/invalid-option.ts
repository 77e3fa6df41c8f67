/** How a wrong option is told: its name, what was given, what is wanted (D12). */
import { SyncError } from '../errors/sync-error.ts'
import { isPlainObject } from '../document/plain.ts'

/** INVALID_OPTION with the option's name in the message and in `details.option`. */
export function invalidOption(option: string, value: unknown, wanted: string): SyncError {
  return new SyncError('INVALID_OPTION', `The option ${option} must be ${wanted}, not ${describe(value)}.`, {
    details: { option },
  })
}

/** The options object itself, if it is one and has only known names. Throws INVALID_OPTION for the first that is not. */
export function checkOptionNames(
  value: unknown,
  at: string,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) throw invalidOption(at, value, 'a plain object')
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue
    const option = at === 'options' ? name : `${at}.${name}`
    throw new SyncError('INVALID_OPTION', `There is no option ${option}.${didYouMean(name, names)}`, {
      details: { option },
    })
  }
  return value
}

/** ` Did you mean "x"?` where one of the names is close, else all of them. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = names
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  if (near !== undefined && near.distance <= Math.max(1, Math.floor(name.length / 3))) {
    return ` Did you mean "${near.candidate}"?`
  }
  return names.length === 0 ? '' : ` There are: ${names.join(', ')}.`
}

/** How many letters must be put in, taken out, replaced or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, beforeLast[j - 2]! + 1)
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value !== 'object') return `a ${typeof value}`
  return isPlainObject(value) && Object.keys(value).length === 0 ? 'an empty object' : 'an object'
}
