import { describe, expect, test } from 'vitest'
import { figuresOf, sumFigures, uncoveredPlaces } from './coverage-report.mjs'

const source = ['function half(n) {', '  if (n > 1) return n / 2', '  return 0', '}', ''].join('\n')
const at = (
  line: number,
): { start: { line: number; column: number }; end: { line: number; column: number } } => ({
  start: { line, column: 2 },
  end: { line, column: 20 },
})
const coverage = {
  statementMap: { 0: at(2), 1: at(2), 2: at(3) },
  s: { 0: 1, 1: 1, 2: 0 },
  branchMap: { 0: { type: 'if', loc: at(2), locations: [at(2), {}] } },
  b: { 0: [1, 0] },
  fnMap: { 0: { name: 'half', loc: { start: { line: 1, column: 0 }, end: { line: 4, column: 1 } } } },
}

describe('figuresOf', () => {
  test('counts lines and branches, and those that ran', () => {
    expect(figuresOf(coverage)).toEqual({ lines: 2, linesRun: 1, branches: 2, branchesRun: 1 })
  })
})

describe('sumFigures', () => {
  test('adds up', () => {
    const one = figuresOf(coverage)
    expect(sumFigures([one, one])).toEqual({ lines: 4, linesRun: 2, branches: 4, branchesRun: 2 })
    expect(sumFigures([])).toEqual({ lines: 0, linesRun: 0, branches: 0, branchesRun: 0 })
  })
})

describe('uncoveredPlaces', () => {
  test('names statements that never ran and branches of those that did, by their function and text', () => {
    expect(uncoveredPlaces(coverage, source)).toEqual([
      { line: 2, within: 'half', text: 'if (n > 1) return n / 2', kind: 'branch' },
      { line: 3, within: 'half', text: 'return 0', kind: 'statement' },
    ])
  })
})
