/**
 * Where todos stand: each has a key that sorts between those of its neighbours, so that moving one writes one document
 * and moves made apart never disturb each other. Where two devices moved something to the same place, the keys are equal
 * and the ids decide, the same way everywhere.
 */
import { generateNKeysBetween } from 'fractional-indexing'

/** What is needed to place a todo. Lists are sorted by order, then id, as the engine gives them. */
export interface Placed {
  readonly id: string
  readonly order: string
}

/** `count` keys, rising, above all that are there. */
export function keysAtTop(sorted: readonly Placed[], count: number): readonly string[] {
  const first = sorted[0]?.order ?? null
  return keysBetween(null, first, count) ?? keysBetween(null, null, count)!
}

/** What to write so that the todo stands at `index` of the list without it: as a rule its own new key alone. */
export function moveTo(sorted: readonly Placed[], id: string, index: number): readonly Placed[] {
  const others = sorted.filter((todo) => todo.id !== id)
  const at = Math.max(0, Math.min(index, others.length))
  const lower = others[at - 1]?.order ?? null
  // Those with the key of the one above cannot stay there: no key sorts between two that are equal.
  let end = at
  while (lower !== null && end < others.length && others[end]!.order <= lower) end += 1
  const moved = [id, ...others.slice(at, end).map((todo) => todo.id)]
  const keys = keysBetween(lower, others[end]?.order ?? null, moved.length)
  return keys === null ? renumber(others, id, at) : place(moved, keys)
}

/**
 * The index in the whole list that puts the todo at `index` of what is shown of it; both without the todo itself. It goes
 * next to the one above, so that what is hidden between two shown ones is not passed by without need.
 */
export function indexInWhole(
  sorted: readonly Placed[],
  shown: readonly Placed[],
  id: string,
  index: number,
): number {
  const others = sorted.filter((todo) => todo.id !== id)
  const shownOthers = shown.filter((todo) => todo.id !== id)
  const above = shownOthers[index - 1]
  if (above !== undefined) return others.findIndex((todo) => todo.id === above.id) + 1
  const below = shownOthers[0]
  return below === undefined ? 0 : others.findIndex((todo) => todo.id === below.id)
}

/** For lists with keys that are none: everything gets a new one. */
function renumber(others: readonly Placed[], id: string, at: number): readonly Placed[] {
  const ids = others.map((todo) => todo.id)
  ids.splice(at, 0, id)
  return place(ids, keysBetween(null, null, ids.length)!)
}

function place(ids: readonly string[], keys: readonly string[]): readonly Placed[] {
  return ids.map((id, index) => ({ id, order: keys[index]! }))
}

/** Null where a bound is no key, as another program may have written it. */
function keysBetween(lower: string | null, upper: string | null, count: number): readonly string[] | null {
  try {
    return generateNKeysBetween(lower, upper, count)
  } catch {
    return null
  }
}
