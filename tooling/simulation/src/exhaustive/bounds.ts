/** How far the explorer goes: every run within each of these bounds. Depth 1 is part of every test run. */
export interface Bounds {
  /** How many edits and deletes there are. */
  readonly operations: number
  /** How many requests and answers may get lost, late or doubled, and how often a process may die. */
  readonly faults: number
  /** How often something else may come between a request and its answer. */
  readonly switches: number
  /** Both have the record at the start. Else it has to be created. */
  readonly shared: boolean
}

function within(operations: number, faults: number, switches: number): readonly Bounds[] {
  return [false, true].map((shared) => ({ operations, faults, switches, shared }))
}

const BOUNDS_BY_DEPTH: readonly (readonly Bounds[])[] = [
  [...within(3, 0, 0), ...within(2, 1, 0), ...within(2, 0, 1)],
  [...within(1, 2, 0), ...within(4, 0, 0), ...within(3, 1, 0), ...within(3, 0, 1), ...within(2, 1, 1)],
  [...within(4, 1, 0), ...within(4, 0, 1), ...within(3, 2, 0)],
]

/** The greatest depth there is. */
export const DEEPEST: number = BOUNDS_BY_DEPTH.length

/** All bounds up to a depth. */
export function boundsUpTo(depth: number): readonly Bounds[] {
  return BOUNDS_BY_DEPTH.slice(0, depth).flat()
}

/**
 * True for those of depth 1: each of their runs is made whole, from the start to the end, by clients that live as long as they
 * may. Larger ones are walked from state to state, see `walk.ts`.
 */
export function isRunWhole(bounds: Bounds): boolean {
  return boundsUpTo(1).some((small) => boundsToName(small) === boundsToName(bounds))
}

/** A name that says it all: operations, faults, switches, and whether both have the record at the start. */
export function boundsToName({ operations, faults, switches, shared }: Bounds): string {
  return `${operations}-${faults}-${switches}-${shared ? 'shared' : 'new'}`
}

/** The bounds of a name; null where it is none. */
export function nameToBounds(name: string): Bounds | null {
  const parts = /^(\d+)-(\d+)-(\d+)-(shared|new)$/.exec(name)
  if (parts === null) return null
  const [operations, faults, switches] = parts.slice(1, 4).map(Number) as [number, number, number]
  return { operations, faults, switches, shared: parts[4] === 'shared' }
}
