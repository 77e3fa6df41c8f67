import Database from 'better-sqlite3'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCommand } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-command-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

function lab(): { readonly sql: Database.Database; readonly run: (...args: readonly string[]) => string } {
  const path = join(folder, `${++files}.db`)
  const sql = new Database(path)
  sql.exec(
    `CREATE TABLE Artist (ArtistId INTEGER PRIMARY KEY, Name TEXT UNIQUE); INSERT INTO Artist VALUES (1, 'Yes')`,
  )
  writeFileSync(join(folder, 'tables.json'), `{ "artists": { "table": "Artist", "id": "ArtistId" } }`)
  return {
    sql,
    run: (...args) => {
      const lines: string[] = []
      const code = runCommand(['--path', path, ...args], (line) => lines.push(line))
      return `${code}: ${lines.join('\n')}`
    },
  }
}

const TABLES = ['--tables', join(folder, 'tables.json')]

test('prints what it would do, and changes nothing; what it prints works', () => {
  const { run, sql } = lab()
  const printed = run(...TABLES)
  expect(printed).toMatch(/^0: -- Artist, synced as artists/)
  expect(sql.prepare(`SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'`).pluck().get()).toBe(0)
  run()
  sql.exec(printed.slice(2))
  sql.exec(`UPDATE Artist SET Name = 'No'`)
  expect(sql.prepare(`SELECT DISTINCT collection, id FROM synclayer_inbox`).all()).toEqual([
    { collection: 'artists', id: '1' },
  ])
})

test('applies, lists and detaches', () => {
  const { run, sql } = lab()
  expect(run()).toMatch(/No table is synced/)
  expect(run(...TABLES, '--apply')).toMatch(/Artist as artists/)
  expect(run()).toBe('0: Artist as artists')
  expect(run('--detach', 'artists')).toMatch(/^0: /)
  expect(run()).toMatch(/No table is synced/)
  expect(sql.prepare(`SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'`).pluck().get()).toBe(0)
})

test('says what is wrong', () => {
  const { run } = lab()
  writeFileSync(join(folder, 'wrong.json'), `{ "artists": { "table": "Nobody", "id": "ArtistId" } }`)
  expect(run('--tables', join(folder, 'wrong.json'))).toMatch(/^1: .*tables\.artists\.table.*Nobody/)
  expect(run('--tables', join(folder, 'missing.json'))).toMatch(/^2: /)
  expect(run('--colour')).toMatch(/^2: /)
})
