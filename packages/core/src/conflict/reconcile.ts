/**
 * Two states of one record become one: a pure function of base, local, remote, strategy and times (W6).
 *
 *   local  = remote ──▶ that, no conflict        local = base ──▶ remote, no conflict
 *   remote = base ────▶ local, no conflict       else ──────────▶ a conflict: the strategy decides
 */
import { copyDocument } from '../document/check-document.ts'
import { reasonOf } from '../errors/reason-of.ts'
import { SyncError } from '../errors/sync-error.ts'
import { cloneJson } from '../shared/clone-json.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import type { JsonObject } from '../shared/json.ts'
import { type FieldRule, settleFields } from './field-policies.ts'
import { type ConflictStrategy, type Resolver, STRATEGY_NAMES } from './resolver.ts'
import { isReadyMade } from './resolvers.ts'
import { isLater, type Side } from './sides.ts'
import { lastWriteWins, merge } from './strategies.ts'

export interface ReconcileInput {
  readonly collection: string
  readonly id: string
  /** The state both sides began from; null: nothing, or a tombstone. */
  readonly base: JsonObject | null
  readonly local: Side
  readonly remote: Side
  readonly strategy: ConflictStrategy
  /** The collection's field policies, see parseFieldPolicies. They bind `merge` and resolvers; the rest takes records whole. */
  readonly policies?: readonly FieldRule[]
}

/** Which side the result equals; `merged` where it equals neither. */
export type Winner = 'local' | 'remote' | 'merged'

export type Reconciled =
  | {
      /** Null: deleted. The very object of a side where it equals that side. */
      readonly document: JsonObject | null
      readonly time: Side['time']
      /** Null where only one side had changed, or both alike. */
      readonly conflict: null | { readonly strategy: string; readonly winner: Winner }
    }
  /** The resolver threw, or did not give a document: RESOLVER_FAILED. */
  | { readonly failed: SyncError }

/** Reconciles two states of a record. Never throws. */
export function reconcile(input: ReconcileInput): Reconciled {
  const { base, local, remote, strategy } = input
  const later = local.time > remote.time ? local.time : remote.time
  const same = sameDocument(local.document, remote.document)
  if (same && !areTwoSums(input)) return { document: remote.document, time: later, conflict: null }
  if (sameDocument(remote.document, base)) return { document: local.document, time: later, conflict: null }
  if (sameDocument(local.document, base))
    return { document: remote.document, time: remote.time, conflict: null }

  const decided = decide(input)
  if ('failed' in decided) return decided
  const { document } = decided
  const name = strategyName(strategy)
  // T3: the later of both times, whoever wins. A result with the time of now would beat edits made before it.
  const settle = (result: JsonObject | null, winner: Winner): Reconciled => ({
    document: result,
    time: later,
    conflict: same && winner !== 'merged' ? null : { strategy: name, winner },
  })
  if (sameDocument(document, remote.document)) return settle(remote.document, 'remote')
  if (sameDocument(document, local.document)) return settle(local.document, 'local')
  return settle(document, 'merged')
}

/** The fields in which edits are combined: those with a policy, and those a ready-made resolver names. */
export function combinedFields(
  strategy: ConflictStrategy,
  policies: readonly FieldRule[] = [],
): readonly FieldRule[] {
  return typeof strategy === 'function' && isReadyMade(strategy) ? [...policies, ...strategy.rules] : policies
}

/** The name a strategy goes by in events. */
function strategyName(strategy: ConflictStrategy): string {
  if (typeof strategy === 'string') return strategy
  return isReadyMade(strategy) ? strategy.strategy : 'resolver'
}

/** The strategy, if it is one. Throws INVALID_OPTION that names the option. */
export function checkStrategy(value: unknown, option = 'conflicts'): ConflictStrategy {
  if (typeof value === 'function') return value as Resolver
  const name = STRATEGY_NAMES.find((candidate) => candidate === value)
  if (name !== undefined) return name
  const message = `${option} must be one of ${STRATEGY_NAMES.join(', ')}, or a resolver function.`
  throw new SyncError('INVALID_OPTION', message, { details: { option } })
}

type Decision = { readonly document: JsonObject | null } | { readonly failed: SyncError }

function decide(input: ReconcileInput): Decision {
  const { base, local, remote, strategy, policies = [] } = input
  switch (strategy) {
    case 'merge':
      return { document: merge(base, local, remote, policies) }
    case 'lastWriteWins':
      return { document: lastWriteWins(local, remote) }
    case 'serverWins':
      return { document: remote.document }
    case 'clientWins':
      return { document: local.document }
    default:
      return ask(strategy, input)
  }
}

function ask(resolver: Resolver, input: ReconcileInput): Decision {
  const { collection, id, base } = input
  const { local, remote } = settled(input)
  // The policies left nothing to decide. Two equal sums are something.
  if (sameDocument(local.document, remote.document) && !sumsUp(resolver)) return { document: local.document }
  try {
    const answer: unknown = resolver({
      collection,
      id,
      base: cloneJson(base),
      local: cloneJson(local.document),
      remote: cloneJson(remote.document),
      localTime: local.time,
      remoteTime: remote.time,
    })
    if (answer === null) return { document: null }
    const document = checkAnswer(answer, id)
    return { document }
  } catch (error) {
    const message = `The conflict resolver of ${collection} failed for ${JSON.stringify(id)}: ${reasonOf(error)}`
    return {
      failed: new SyncError('RESOLVER_FAILED', message, { cause: error, details: { collection, id } }),
    }
  }
}

function checkAnswer(answer: unknown, id: string): JsonObject {
  if (answer instanceof Promise) {
    // Nobody else will ever look at it.
    answer.catch(() => undefined)
    throw new TypeError('it returned a Promise; a resolver must answer at once')
  }
  if (answer === undefined) throw new TypeError('it returned undefined; return a document, or null to delete')
  const document = copyDocument(answer)
  if (document['id'] !== id) throw new TypeError('it changed or left out the id')
  return document
}

/** Both sides with the fields that have a policy already combined. */
function settled(input: ReconcileInput): { readonly local: Side; readonly remote: Side } {
  const { base, local, remote, policies = [] } = input
  if (local.document === null || remote.document === null || policies.length === 0) return { local, remote }
  const localIsLater = isLater(local, remote)
  const [earlier, later] = localIsLater
    ? [remote.document, local.document]
    : [local.document, remote.document]
  const both = settleFields(base, earlier, later, policies)
  return {
    local: { document: localIsLater ? both.later : both.earlier, time: local.time },
    remote: { document: localIsLater ? both.earlier : both.later, time: remote.time },
  }
}

/**
 * Two people who each count one up say the same number, and yet there were two. So where a field adds up, equal
 * documents are still two edits. One edit that comes back is known by its mutation's id, long before it gets here;
 * times cannot tell, since a merge carries the time of another's edit.
 */
function areTwoSums({ local, strategy, policies }: ReconcileInput): boolean {
  if (local.document === null) return false
  if (strategy !== 'merge' && typeof strategy !== 'function') return false
  return combinedFields(strategy, policies).some((rule) => rule.addsUp)
}

function sumsUp(resolver: Resolver): boolean {
  return isReadyMade(resolver) && resolver.rules.some((rule) => rule.addsUp)
}

function sameDocument(a: JsonObject | null, b: JsonObject | null): boolean {
  return deepEqual(a, b)
}
