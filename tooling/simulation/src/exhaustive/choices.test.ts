import { describe, expect, test } from 'vitest'
import { Choices, nextRun } from './choices.ts'

/** All runs of a world in which the second choice depends on the first. */
function allRuns(begin: readonly number[] = []): string[] {
  const runs: string[] = []
  for (let given: readonly number[] | null = begin; given !== null;) {
    const choices = new Choices(given)
    const first = choices.take(3)
    const second = first === 1 ? choices.take(1) : choices.take(2)
    runs.push(`${first}${second}`)
    given = nextRun(choices.made, begin.length)
  }
  return runs
}

describe('Choices', () => {
  test('lead through every run once, depth first', () => {
    expect(allRuns()).toEqual(['00', '01', '10', '20', '21'])
  })

  test('lead through the runs that begin alike, and no others', () => {
    expect([0, 1, 2].map((first) => allRuns([first]))).toEqual([['00', '01'], ['10'], ['20', '21']])
    expect(allRuns([2, 1])).toEqual(['21'])
  })

  test('note nothing where there is only one option, and refuse what there is not', () => {
    const choices = new Choices([2])
    expect(choices.take(1)).toBe(0)
    expect(choices.made).toEqual([])
    expect(() => choices.take(2)).toThrow(RangeError)
  })
})
