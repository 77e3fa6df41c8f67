/** What one step makes of a state: the states it may lead to, or, where nothing is left to happen, that all heals. */
import type { Bounds } from './bounds.ts'
import { type Choice, Choices, nextRun } from './choices.ts'
import { Healed } from './healed.ts'
import { movesOf } from './moves.ts'
import { begin, end, heal, reasonOf, step } from './run.ts'
import { isAtRest, stateOf, type WorldState, worldOf } from './state.ts'
import { stateKey } from './state-key.ts'
import { type Budget, budgetOf, Visited } from './visited.ts'
import { type Counted, World } from './world.ts'

/** A state, as JSON, and the choices that lead to it from the start. */
export interface Place {
  readonly state: string
  readonly choices: readonly number[]
}

/** A place that was come to. */
export interface Reached extends Place {
  readonly key: string
  readonly budget: Budget
}

export interface Expansion {
  /** How many steps were made: ways in which things go on from one of the states. */
  readonly steps: number
  readonly reached: readonly Reached[]
  readonly counts: ReadonlyMap<Counted, number>
  /** The choices that led to the first rule that was broken. */
  readonly failure: readonly number[] | null
}

/** A step that was made. */
export interface Stepped {
  readonly choices: readonly Choice[]
  /** What it led to; null where all is over. */
  readonly state: WorldState | null
  readonly trace: readonly string[]
  readonly counted: readonly Counted[]
  /** Which rule was broken; null where all were kept. */
  readonly why: string | null
}

/** Where all begins. */
export async function startOf(bounds: Bounds): Promise<WorldState> {
  const world = new World(bounds, new Choices([]))
  await begin(world, bounds.shared)
  end(world)
  return stateOf(world)
}

/** Makes every step from each of the places, in order, up to the first that breaks a rule. */
export async function expand(
  bounds: Bounds,
  places: readonly Place[],
  healed = new Healed(),
): Promise<Expansion> {
  const counts = new Map<Counted, number>()
  const reached: Reached[] = []
  const visited = new Visited()
  let steps = 0
  for (const place of places) {
    const from = JSON.parse(place.state) as WorldState
    for (let given: readonly number[] | null = []; given !== null;) {
      const { state, why, counted, choices: made } = await makeStep(bounds, from, new Choices(given), healed)
      steps += 1
      for (const name of counted) counts.set(name, (counts.get(name) ?? 0) + 1)
      const choices = [...place.choices, ...made.map(({ taken }) => taken)]
      if (why !== null) return { steps, reached, counts, failure: choices }
      if (state !== null) {
        const [key, budget] = [stateKey(state), budgetOf(state)]
        if (visited.add(key, budget)) reached.push({ state: JSON.stringify(state), choices, key, budget })
      }
      given = nextRun(made)
    }
  }
  return { steps, reached, counts, failure: null }
}

/** Goes from state to state by the choices given, and from then on by the first of every one. */
export async function followChoices(
  bounds: Bounds,
  given: readonly number[],
): Promise<Pick<Stepped, 'trace' | 'why'>> {
  const choices = new Choices(given)
  const trace: string[] = []
  let state = await startOf(bounds)
  for (;;) {
    const stepped = await makeStep(bounds, state, choices)
    trace.push(...stepped.trace)
    if (stepped.state === null) return { trace, why: stepped.why }
    state = stepped.state
  }
}

/** Makes one step from there, up to where the world is at rest again; where nothing else is to happen, all heals. */
async function makeStep(
  bounds: Bounds,
  from: WorldState,
  choices: Choices,
  healed?: Healed,
): Promise<Stepped> {
  const world = await worldOf(bounds, choices, from)
  let state: WorldState | null = null
  const why = await reasonOf(async () => {
    let goesOn = await step(world)
    while (goesOn && !(isAtRest(world) && movesOf(world).length > 0)) goesOn = await step(world)
    if (goesOn) state = stateOf(world)
    else await heal(world, healed)
  })
  end(world)
  return { choices: choices.made, state, trace: world.trace, counted: world.counted, why }
}
