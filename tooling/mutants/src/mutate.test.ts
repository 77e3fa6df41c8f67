import { describe, expect, test } from 'vitest'
import { mutate } from './mutate.ts'
import { isCaught, toTable } from './table.ts'

const mutant = {
  name: 'm',
  what: 'a | b',
  file: 'f.ts',
  find: 'a',
  replace: '$&b',
  proofs: ['exhaustive'],
} as const

describe('mutate', () => {
  test('puts the text in as it is', () => {
    expect(mutate('x a y', mutant)).toBe('x $&b y')
  })

  test.each(['', 'a a'])('refuses a source in which the text is not there once: %j', (source) => {
    expect(() => mutate(source, mutant)).toThrow(/Mutant m/)
  })
})

describe('a table of results', () => {
  test('tells a proof that missed, and keeps its columns apart', () => {
    const result = { mutant, findings: [{ proof: 'exhaustive', found: null, ms: 1 } as const] }
    expect(isCaught(result)).toBe(false)
    expect(toTable([result]).split('\n').at(-1)).toBe(
      '| `m` | a \\| b | `f.ts` | the exhaustive runs: MISSED |',
    )
  })
})
