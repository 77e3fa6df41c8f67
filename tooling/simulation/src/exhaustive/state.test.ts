import { describe, expect, test } from 'vitest'
import { type Bounds, nameToBounds } from './bounds.ts'
import { Choices, nextRun } from './choices.ts'
import { startOf } from './expand.ts'
import { begin, end, step } from './run.ts'
import { isAtRest, stateOf, worldOf } from './state.ts'
import { stateText } from './state-key.ts'
import { World } from './world.ts'

/** What the states of a run are, one after another, where its clients live as long as they may. */
async function lives(bounds: Bounds, choices: Choices): Promise<string[]> {
  const world = new World(bounds, choices)
  await begin(world, bounds.shared)
  const texts = [stateText(stateOf(world))]
  while (await step(world)) if (isAtRest(world)) texts.push(stateText(stateOf(world)))
  end(world)
  return texts
}

/** The same where at each of them all processes end, and go on from what is stored. */
async function putUpAnew(bounds: Bounds, choices: Choices): Promise<string[]> {
  let state = await startOf(bounds)
  const texts = [stateText(state)]
  for (;;) {
    const world = await worldOf(bounds, choices, structuredClone(state))
    let goesOn = await step(world)
    while (goesOn && !isAtRest(world)) goesOn = await step(world)
    end(world)
    if (!goesOn) return texts
    state = stateOf(world)
    texts.push(stateText(state))
  }
}

describe('A state', () => {
  test.each(['2-0-0-new', '2-0-0-shared', '1-1-0-new', '1-1-0-shared'])(
    'is all there is: processes that live on and processes started from it do the same, in every run of %s',
    { timeout: 60_000 },
    async (name) => {
      const bounds = nameToBounds(name)!
      let runs = 0
      for (let given: readonly number[] | null = []; given !== null; runs += 1) {
        const [alive, anew] = [new Choices(given), new Choices(given)]
        expect(await putUpAnew(bounds, anew)).toEqual(await lives(bounds, alive))
        expect(anew.made).toEqual(alive.made)
        given = nextRun(alive.made)
      }
      expect(runs).toBeGreaterThan(20)
    },
  )
})
