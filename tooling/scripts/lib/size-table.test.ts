import { expect, test } from 'vitest'
import { readSizes, withSizes } from './size-table.mjs'

const page = `# Size

| what | minified | compressed |
| ---- | -------: | ---------: |
| old  |        1 |          1 |

The end.
`

test('a table is written in place of the one before, and read again', () => {
  const sizes = new Map([
    ['client: `a`, `b`', { minified: 182_025, compressed: 60_764 }],
    ['`c`', { minified: 900, compressed: 400 }],
  ])
  const written = withSizes(page, sizes)
  expect(written).toMatch(/^# Size\n\n\| what/)
  expect(written).toMatch(/\n\nThe end\.\n$/)
  expect([...readSizes(written)]).toEqual([
    ['client: `a`, `b`', 60_764],
    ['`c`', 400],
  ])
  expect(withSizes(written, sizes)).toBe(written)
})
