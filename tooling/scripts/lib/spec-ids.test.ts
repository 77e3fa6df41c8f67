import { describe, expect, test } from 'vitest'
import { definedIds, namedIds } from './spec-ids.mjs'

describe('definedIds', () => {
  test('finds bold ids at the start of list items only', () => {
    const markdown = '- **A1** One.\n  - **ST2b** Two, see **A1**.\n* **W10** Three.\n**B1** is prose.\n'
    expect(definedIds(markdown)).toEqual(['A1', 'ST2b', 'W10'])
  })
})

describe('namedIds', () => {
  const ids = (source: string): string[] => namedIds('x.test.ts', source).map(({ id }) => id)

  test('finds the ids in titles, also in lists, templates and tables of cases', () => {
    expect(ids("test('keeps order (Q3, Q4)', () => {})")).toEqual(['Q3', 'Q4'])
    expect(ids("test.each(cases)('%s (Q5)', () => {})")).toEqual(['Q5'])
    expect(ids('test(`${name} holds (A1)`, () => {})')).toEqual(['A1'])
    expect(ids("const cases = [{ title: 'all or none (ST1)', run }]")).toEqual(['ST1'])
  })

  test('ignores comments and strings that are no titles', () => {
    expect(ids("// test('x (Q3)')\nconst text = 'see (Q4)'")).toEqual([])
  })

  test('says on which line an id is named, and by what title', () => {
    expect(namedIds('x.test.ts', "\n\ntest('a (A1)', () => {})")).toEqual([
      { id: 'A1', line: 3, title: "'a (A1)'" },
    ])
  })
})
