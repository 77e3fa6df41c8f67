import { createLab, type Lab } from '@synclayer/mysql-lab'
import { server } from '@synclayer/servers'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { mysqlDialect } from '../mysql-dialect.ts'
import { runCommand } from './command.ts'

const TIMEOUT_MS = 60_000
const { url } = await server('mysql')
const folder = mkdtempSync(join(tmpdir(), 'synclayer-command-'))
const file = join(folder, 'tables.json')
const labs: Lab[] = []
let lab: Lab
beforeEach(async () => {
  lab = await createLab(url)
  labs.push(lab)
  await lab.sql(
    'CREATE TABLE Artist (ArtistId INT PRIMARY KEY, Name VARCHAR(40))',
    `INSERT INTO Artist VALUES (1, 'Yes')`,
  )
  writeFileSync(file, `{ "artists": { "table": "Artist", "id": "ArtistId" } }`)
}, TIMEOUT_MS)
afterAll(async () => {
  rmSync(folder, { recursive: true })
  for (const each of labs) await each.close()
}, TIMEOUT_MS)

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const say = (line: string): unknown => lines.push(line)
  const code = await runCommand(mysqlDialect, args, say, say)
  return `${code}: ${lines.join('\n')}`
}

/** As the server's own client reads a script. */
function statementsOf(script: string): readonly string[] {
  let delimiter = ';'
  const statements: string[] = []
  let statement = ''
  for (const line of script.split('\n').filter((each) => !each.startsWith('--'))) {
    if (line.startsWith('DELIMITER ')) {
      delimiter = line.slice('DELIMITER '.length)
      continue
    }
    statement += `${line}\n`
    if (!line.endsWith(delimiter)) continue
    statements.push(statement.slice(0, -delimiter.length - 1))
    statement = ''
  }
  return statements
}

test(
  'prints what it would do, and changes nothing; what it prints works',
  async () => {
    const sql = await run('sql')
    await lab.sql(...statementsOf(sql.slice(3).replaceAll(/\n\n/g, '\n')))
    const printed = await run('tables', '--url', lab.url, '--tables', file)
    expect(printed).toMatch(/^0: -- Artist, synced as artists/)
    expect(await run('tables', '--url', lab.url)).toMatch(/No table is synced/)
    await lab.sql(...statementsOf(printed.slice(3)))
    expect(await run('tables', '--url', lab.url)).toBe('0: Artist as artists')
    expect(await lab.sql('SELECT collection, id FROM synclayer_inbox')).toEqual([
      { collection: 'artists', id: '1' },
    ])
    await lab.sql(`INSERT INTO Artist VALUES (2, 'No')`)
    expect(await lab.sql('SELECT COUNT(*) AS n FROM synclayer_inbox')).toEqual([{ n: 2 }])
  },
  TIMEOUT_MS,
)

test(
  'applies, lists and detaches',
  async () => {
    const tables = ['tables', '--url', lab.url]
    expect(await run(...tables, '--tables', file, '--apply')).toBe('0: Artist as artists')
    expect(await run(...tables, '--detach', 'artists')).toContain('DROP TRIGGER IF EXISTS')
    expect(await run(...tables)).toBe('0: Artist as artists')
    expect(await run(...tables, '--detach', 'artists', '--apply')).toMatch(/^0: /)
    expect(await run(...tables)).toMatch(/No table is synced/)
    expect(await lab.sql('SHOW TRIGGERS')).toEqual([])
    expect(await lab.sql('SELECT * FROM synclayer_inbox')).toEqual([])
  },
  TIMEOUT_MS,
)

test(
  'says what is wrong',
  async () => {
    const tables = ['tables', '--url', lab.url]
    expect(await run(...tables)).toMatch(/^1: /)
    await run(...tables, '--apply')
    writeFileSync(file, `{ "artists": { "table": "Nobody", "id": "ArtistId" } }`)
    expect(await run(...tables, '--tables', file)).toMatch(/^1: .*tables\.artists\.table.*Nobody/)
    expect(await run(...tables, '--tables', join(folder, 'missing.json'))).toMatch(/^2: /)
    expect(await run(...tables, '--colour')).toMatch(/^2: /)
    expect(await run('tables', '--url', 'mysql://nowhere')).toMatch(/^1: .*names no database/)
    expect(await run('--help')).toMatch(/^0: .*synclayer-mysql sql[^]*synclayer-mysql tables/)
  },
  TIMEOUT_MS,
)
