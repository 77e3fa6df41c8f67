import { describe, expect, test } from 'vitest'
import { runCommand } from './command.ts'

async function run(...args: readonly string[]): Promise<{
  readonly code: number
  readonly out: string
  readonly err: string
}> {
  let out = ''
  let err = ''
  const code = await runCommand(
    args,
    (text) => (out += text),
    (text) => (err += text),
  )
  return { code, out, err }
}

describe('synclayer-postgres', () => {
  test('sql prints the schema, for the role and under the name that are given', async () => {
    expect(await run('sql')).toMatchObject({ code: 0, err: '' })
    const { code, out } = await run('sql', '--schema', 'sync', '--role', 'my "app"')
    expect(code).toBe(0)
    expect(out).toMatch(/^CREATE SCHEMA "sync";/)
    expect(out).toContain('GRANT USAGE ON SCHEMA "sync" TO "my ""app""";')
    expect(out).not.toContain('synclayer"')
  })

  test.each([
    [],
    ['sq'],
    ['sql', 'more'],
    ['sql', '--rol', 'x'],
    ['sql', '--schema', 'A;B'],
    ['sql', '--role', ''],
    ['sql', '--apply'],
    ['tables', '--tables', 'no-such-file.json'],
  ])('what is not understood is complained about: %j %j %j', async (...args) => {
    const { code, out, err } = await run(...args.filter((arg) => arg !== undefined))
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage:')
  })

  test('--help says how it is used', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('Usage:') as string,
    })
  })
})
