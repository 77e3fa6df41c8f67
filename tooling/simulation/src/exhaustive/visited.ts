/** Which states were met, and what might still happen there beyond what their keys say. */
import type { WorldState } from './state.ts'

/** More of each allows all that less does, and more. */
export type Budget = readonly [faults: number, switches: number, freedom: number]

/** `freedom`: after a step of the second device, steps of the first are left out that might as well have come before. */
export function budgetOf({ faultsLeft, switchesLeft, last }: WorldState): Budget {
  const isFree = last === null || last.device === 0
  return [faultsLeft, switchesLeft, isFree ? 2 : last.isSync ? 1 : 0]
}

/**
 * A state that was met before with as much of everything left, or more, need not be followed again: what may happen then is
 * among what may have happened before.
 */
export class Visited {
  readonly #budgets = new Map<string, readonly Budget[]>()

  /** True where the state is to be followed; from then on it counts as met. */
  add(key: string, budget: Budget): boolean {
    const known = this.#budgets.get(key) ?? []
    if (known.some((other) => covers(other, budget))) return false
    this.#budgets.set(key, [...known.filter((other) => !covers(budget, other)), budget])
    return true
  }
}

function covers(a: Budget, b: Budget): boolean {
  return a.every((amount, index) => amount >= b[index]!)
}
