import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { postgresSchemaSql } from '../sql/schema-sql.ts'
import { openTestServer, type TestDatabase } from '../testing/test-database.ts'
import { runCommand } from './command.ts'

const server = await openTestServer()
const folder = mkdtempSync(join(tmpdir(), 'synclayer-command-'))
const file = join(folder, 'tables.json')
afterAll(() => rmSync(folder, { recursive: true }))

let database: TestDatabase
beforeEach(async () => {
  database = await server.createDatabase()
  await database.query(`CREATE TABLE "Artist" ("ArtistId" integer PRIMARY KEY, "Name" text)`)
  writeFileSync(file, `{ "artists": { "table": "Artist", "id": "ArtistId" } }`)
})
afterEach(() => database.drop())

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const say = (text: string): unknown => lines.push(text)
  const code = await runCommand(['tables', ...args], say, say)
  return `${code}: ${lines.join('\n')}`
}

test('prints what it would do, and needs no database for it; what it prints works', async () => {
  const printed = await run('--tables', file)
  expect(printed).toMatch(/^0: SELECT "synclayer"\.sync_table\('artists', /)
  expect(await run('--url', database.url)).toBe('0: No table is synced.')
  await database.query(postgresSchemaSql())
  await database.query(printed.slice(3))
  expect(await run('--url', database.url)).toBe('0: "Artist" as artists')
})

test('applies, lists and detaches', async () => {
  const url = ['--url', database.url]
  expect(await run(...url, '--tables', file, '--apply')).toBe('0: "Artist" as artists')
  await database.query(`INSERT INTO "Artist" VALUES (1, 'Yes')`)
  expect(await database.query(`SELECT collection, id FROM synclayer.inbox`)).toEqual([
    { collection: 'artists', id: '1' },
  ])
  expect(await run(...url, '--detach', 'artists')).toBe(`0: SELECT "synclayer".detach_table('artists');`)
  expect(await run(...url, '--detach', 'artists', '--apply')).toBe('0: No table is synced.')
  expect(await database.query(`SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`)).toEqual([])
})

test('says what is wrong, and changes nothing then', async () => {
  writeFileSync(file, `{ "artists": { "table": "Nobody", "id": "ArtistId" } }`)
  const refused = await run('--url', database.url, '--tables', file, '--apply')
  expect(refused).toMatch(/^1: .*tables\.artists\.table.*Nobody/)
  expect(await database.query(`SELECT to_regnamespace('synclayer') AS made`)).toEqual([{ made: null }])
  expect(await run('--tables', file, '--apply')).toMatch(/^2: .*SYNCLAYER_URL/)
})
