import { describe, expect, test } from 'vitest'
import { parseEntry, toTag } from './parse-entry.ts'

/** A Monday. */
const TODAY = '2026-11-30'

describe('parseEntry', () => {
  test.each([
    ['Buy milk', { text: 'Buy milk', tags: [], priority: 'none', due: null }],
    [
      '  Pay   rent #Home !high @tomorrow ',
      { text: 'Pay rent', tags: ['home'], priority: 'high', due: '2026-12-01' },
    ],
    ['#a1 one #b two #a1', { text: 'one two', tags: ['a1', 'b'], priority: 'none', due: null }],
    ['Call @fri !2', { text: 'Call', tags: [], priority: 'medium', due: '2026-12-04' }],
    ['Call @monday', { text: 'Call', tags: [], priority: 'none', due: '2026-12-07' }],
    ['Trip @2027-02-28', { text: 'Trip', tags: [], priority: 'none', due: '2027-02-28' }],
    ['Trip @2027-02-30', { text: 'Trip @2027-02-30', tags: [], priority: 'none', due: null }],
    [
      'Fix issue #12 with ada@example.com !',
      { text: 'Fix issue #12 with ada@example.com !', tags: [], priority: 'none', due: null },
    ],
  ])('%s', (line, entry) => {
    expect(parseEntry(line, TODAY)).toEqual(entry)
  })

  test.each(['', '   ', '#home !high @today'])('%j has no text and is none', (line) => {
    expect(parseEntry(line, TODAY)).toBeNull()
  })
})

test('a tag is lower case, without blanks, and begins with a letter', () => {
  expect(toTag(' #Big Plans ')).toBe('big-plans')
  expect(toTag('été')).toBe('été')
  expect(toTag('12')).toBeNull()
  expect(toTag('a,b')).toBeNull()
})
