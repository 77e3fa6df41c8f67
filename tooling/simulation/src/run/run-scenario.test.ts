import { describe, expect, test } from 'vitest'
import { generateScenario } from '../scenario/generate.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { digestOfTrace } from './digest.ts'
import { readRegressions } from './regressions.ts'
import { runScenario } from './run-scenario.ts'
import { ruleOf, shrink } from './shrink.ts'

describe('runScenario', () => {
  test('gives the same trace for the same seed, whatever ran before', async () => {
    const seeds = [1, 2]
    const forward: string[] = []
    for (const seed of seeds) forward.push(await digestOfTrace(generateScenario(seed)))
    const backward: string[] = []
    for (const seed of seeds.toReversed()) backward.push(await digestOfTrace(generateScenario(seed)))
    expect(backward.reverse()).toEqual(forward)
    expect(new Set(forward).size).toBe(seeds.length)
  })

  test('gives the same trace for a scenario that was written to a file', async () => {
    const scenario = generateScenario(5)
    const read = JSON.parse(JSON.stringify(scenario)) as Scenario
    expect(await digestOfTrace(read)).toBe(await digestOfTrace(scenario))
  })

  test.each(readRegressions())('keeps every rule where one was broken once: $name', async ({ scenario }) => {
    expect((await runScenario(scenario)).violations).toEqual([])
  })
})

describe('shrink', () => {
  test('leaves only the steps that a failure needs', async () => {
    const scenario = generateScenario(1)
    const needed = [scenario.steps[3]!, scenario.steps.at(-2)!]
    const short = await shrink(scenario, async ({ steps }) => needed.every((step) => steps.includes(step)))
    expect(short.steps).toEqual(needed)
  })

  test('knows the rule a violation is about', () => {
    expect(ruleOf('I2: e1 of items/a was acknowledged, and is lost')).toBe('I2')
  })
})
