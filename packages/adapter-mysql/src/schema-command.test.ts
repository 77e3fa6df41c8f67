import { expect, test } from 'vitest'
import { mysqlDialect } from './mysql-dialect.ts'
import { runSchemaCommand } from './schema-command.ts'

function run(...args: readonly string[]): { code: number; out: string; complaints: string } {
  const lines = { out: '', complaints: '' }
  const code = runSchemaCommand(
    mysqlDialect,
    args,
    (line) => (lines.out += line),
    (line) => (lines.complaints += line),
  )
  return { code, ...lines }
}

test('prints the SQL, with grants where a user is named', () => {
  const plain = run('sql')
  expect(plain).toMatchObject({ code: 0, complaints: '' })
  expect(plain.out).toContain('CREATE TABLE IF NOT EXISTS synclayer_record')
  expect(plain.out).not.toContain('GRANT')
  expect(run('sql', '--database', 'app', '--user', 'app').out).toContain(
    "ON `app`.synclayer_feed TO 'app'@'%';",
  )
})

test('says how it is used, and what was wrong', () => {
  expect(run('--help')).toMatchObject({
    code: 0,
    out: expect.stringContaining('synclayer-mysql sql') as string,
  })
  for (const args of [[], ['sq'], ['sql', '--user', 'app'], ['sql', '--colour'], ['sql', '--user']]) {
    expect(run(...args)).toMatchObject({
      code: 2,
      out: '',
      complaints: expect.stringContaining('synclayer-mysql sql') as string,
    })
  }
})
