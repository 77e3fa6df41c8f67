/**
 * Ready-made resolvers. Each covers what it names and merges the rest field by field, as `merge` does; all use the
 * base, so a removal stays removed and a sum counts the base once (C6). An edit beats a delete. None asks which side is
 * local, so every client gets the same result (C8).
 */
import type { Path } from '../protocol/identifiers.ts'
import { type FieldRule, fieldRule, parseFields } from './field-policies.ts'
import type { Conflict, Resolver } from './resolver.ts'
import { merge } from './strategies.ts'
import { MERGE, mergeField, type MergeDepth } from './three-way-merge.ts'

/** A field, by its dotted path or its keys. */
export type Field = string | Path

/**
 * A resolver of this module, for documents of any type: `reconcile` tells it by its name, and asks it about equal edits
 * where a rule of it adds up.
 */
export interface ReadyMadeResolver {
  <Document>(conflict: Conflict<Document>): Document | null
  readonly strategy: string
  /** The fields it covers. */
  readonly rules: readonly FieldRule[]
}

const DEEP: MergeDepth = { objects: true, arrays: true }
const FLAT: MergeDepth = { objects: false, arrays: false }

/**
 * Arrays in these fields are lists: what either side added is in, what either side removed is out. Items are told apart
 * by deep equality, objects with an `id` by that.
 */
export function mergeArrays(fields: readonly Field[]): ReadyMadeResolver {
  return readyMade(
    'mergeArrays',
    parse(fields, 'mergeArrays', (path) => fieldRule(path, 'set')),
  )
}

/** Numbers in these fields are sums: what both sides added counts, and the base once. Base 10, +2, +3: 15. */
export function sumNumbers(fields: readonly Field[]): ReadyMadeResolver {
  return readyMade(
    'sumNumbers',
    parse(fields, 'sumNumbers', (path) => fieldRule(path, 'counter')),
  )
}

/** Of two edits of these fields the higher stands: of numbers, or of strings (ISO dates) by code point. */
export function maxValue(fields: readonly Field[]): ReadyMadeResolver {
  return readyMade(
    'maxValue',
    parse(fields, 'maxValue', (path) => fieldRule(path, 'max')),
  )
}

/** These fields are merged all the way down, arrays in them as lists too; arrays elsewhere stay values. */
export function mergeFields(fields: readonly Field[]): ReadyMadeResolver {
  const deep: FieldRule['merge'] = (base, earlier, later) => mergeField(base, earlier, later, DEEP)
  return readyMade(
    'mergeFields',
    parse(fields, 'mergeFields', (path) => ({ path, merge: deep, addsUp: false })),
  )
}

/** Top-level fields are values: where both sides changed one, the later edit of the record gives it, whole. */
export function fieldLevelLastWriteWins(): ReadyMadeResolver {
  return readyMade('fieldLevelLastWriteWins', [], FLAT)
}

/** As `merge`, and arrays everywhere are lists. */
export function deepMerge(): ReadyMadeResolver {
  return readyMade('deepMerge', [], DEEP)
}

/** True for a resolver made here. */
export function isReadyMade(resolver: Resolver): resolver is ReadyMadeResolver {
  return typeof (resolver as Partial<ReadyMadeResolver>).strategy === 'string'
}

function parse(
  fields: readonly Field[],
  name: string,
  toRule: (path: Path) => FieldRule,
): readonly FieldRule[] {
  return parseFields(fields, `resolvers.${name}`).map(toRule)
}

function readyMade(
  strategy: string,
  rules: readonly FieldRule[],
  depth: MergeDepth = MERGE,
): ReadyMadeResolver {
  const resolve: Resolver = ({ base, local, remote, localTime, remoteTime }) =>
    merge(base, { document: local, time: localTime }, { document: remote, time: remoteTime }, rules, depth)
  // Merging documents of one type gives a document of that type.
  return Object.assign(resolve, { strategy, rules }) as ReadyMadeResolver
}
