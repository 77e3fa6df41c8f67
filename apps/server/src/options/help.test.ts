import { describe, expect, test } from 'vitest'
import { SERVER_HELP, TOKEN_HELP } from './help.ts'
import { rowsOf, SERVER_GROUPS, TOKEN_GROUPS } from './option-table.ts'

describe('help', () => {
  test.each([
    [SERVER_HELP, SERVER_GROUPS],
    [TOKEN_HELP, TOKEN_GROUPS],
  ] as const)('names every option, in lines that fit', (help, groups) => {
    for (const { name, value } of rowsOf(groups)) expect(help).toContain(`  --${name} ${value} `)
    const longest = Math.max(...help.split('\n').map(({ length }) => length))
    expect(longest).toBeLessThanOrEqual(120)
  })
})
