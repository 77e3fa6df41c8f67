/** Ranges of index keys and of ids, from the values their components may have. */
import type { KeyRange } from '../ports/storage.ts'
import { KEY_TAG } from './index-key.ts'
import {
  afterPrefix,
  coarsen,
  intersect,
  type Interval,
  type IntervalSet,
  isEverything,
  tagsOf,
} from './interval-set.ts'

/** More ranges than this are joined: each is a call of the store. */
const MAX_RANGES = 256

export interface PathRanges {
  /** Disjoint, in rising order of keys. */
  readonly ranges: readonly KeyRange[]
  /** How many leading components narrow the walk. */
  readonly components: number
  /** How many of them hold in full for every key within. */
  readonly exactComponents: number
}

/** The ranges of an index: leading components with single values, crossed, then one with ranges. */
export function indexRanges(components: readonly IntervalSet[]): PathRanges {
  let prefixes: readonly Uint8Array[] = [new Uint8Array(0)]
  for (const [i, values] of components.entries()) {
    if (isEverything(values)) return { ranges: prefixes.map(prefixRange), components: i, exactComponents: i }
    const room = Math.floor(MAX_RANGES / prefixes.length)
    const exact = values.length <= room
    if (!exact || !values.every(({ point }) => point)) {
      const intervals = exact ? values : coarsen(values, room)
      const ranges = prefixes.flatMap((prefix) => intervals.map((interval) => rangeWithin(prefix, interval)))
      return { ranges, components: i + 1, exactComponents: exact ? i + 1 : i }
    }
    prefixes = prefixes.flatMap((prefix) => values.map(({ lower }) => concat(prefix, lower)))
  }
  return {
    ranges: prefixes.map(prefixRange),
    components: components.length,
    exactComponents: components.length,
  }
}

/** The ranges of ids. Their keys are plain UTF-8: those of strings without the type before and the end behind. */
export function idRanges(values: IntervalSet): PathRanges {
  if (isEverything(values)) return { ranges: [{}], components: 0, exactComponents: 0 }
  const strings = intersect(values, tagsOf(KEY_TAG.string, KEY_TAG.string))
  const exact = strings.length <= MAX_RANGES
  const intervals = exact ? strings : coarsen(strings, MAX_RANGES)
  return { ranges: intervals.map(idRange), components: 1, exactComponents: exact ? 1 : 0 }
}

function prefixRange(prefix: Uint8Array): KeyRange {
  return rangeWithin(prefix, { lower: new Uint8Array(0), upper: null, point: false })
}

function rangeWithin(prefix: Uint8Array, { lower, upper }: Interval): KeyRange {
  const from = concat(prefix, lower)
  const to = upper === null ? afterPrefix(prefix) : concat(prefix, upper)
  return {
    ...(from.length > 0 ? { lower: from } : {}),
    ...(to !== null ? { upper: to, upperExclusive: true } : {}),
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/**
 * Bounds of string keys are the tag and some text, then nothing (the beginning of keys), 00 (the key of the text) or
 * 01 (just behind it); ids hold no control characters, so these ends cannot be part of the text.
 */
function idRange({ lower, upper, point }: Interval): KeyRange {
  const from = textOf(lower)
  if (point) return { lower: from.text, upper: from.text }
  const to = upper === null || upper[0] !== KEY_TAG.string ? null : textOf(upper)
  return {
    ...(from.text.length > 0 ? { lower: from.text, lowerExclusive: from.behind } : {}),
    ...(to === null ? {} : { upper: to.text, upperExclusive: !to.behind }),
  }
}

function textOf(bound: Uint8Array): { readonly text: Uint8Array; readonly behind: boolean } {
  const last = bound.length > 1 ? bound[bound.length - 1] : undefined
  const end = last === 0 || last === 1 ? bound.length - 1 : bound.length
  return { text: bound.slice(1, end), behind: last === 1 }
}
