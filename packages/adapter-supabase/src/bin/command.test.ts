import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrationSql } from '../migration/migration.ts'
import { runCommand } from './command.ts'

let folder: string
let printed: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'synclayer-'))
  printed = ''
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(...args: readonly string[]): number {
  const now = new Date('2026-11-30T06:07:08Z')
  return runCommand(args, { folder, now, print: (line) => (printed += `${line}\n`) })
}

describe('synclayer-supabase migration', () => {
  test('writes the migration where the command line of Supabase looks for it', () => {
    mkdirSync(path.join(folder, 'supabase'))
    expect(run('migration')).toBe(0)
    const file = path.join(folder, 'supabase/migrations/20261130060708_synclayer.sql')
    expect(readFileSync(file, 'utf8')).toBe(migrationSql())
  })

  test('makes it once: again is well, and one of another version is left as it is', () => {
    mkdirSync(path.join(folder, 'supabase'))
    run('migration')
    expect(run('migration')).toBe(0)
    const migrations = path.join(folder, 'supabase/migrations')
    const [name] = readdirSync(migrations)
    writeFileSync(path.join(migrations, name!), '-- changed')
    expect(run('migration')).toBe(1)
    expect(readdirSync(migrations)).toEqual([name])
    expect(readFileSync(path.join(migrations, name!), 'utf8')).toBe('-- changed')
  })

  test('prints it, with the functions in another schema, whatever that is called', () => {
    expect(run('migration', '--print', '--schema', 'my "api"')).toBe(0)
    expect(printed).toContain('CREATE OR REPLACE FUNCTION "my ""api""".synclayer_push(request jsonb)')
    expect(readdirSync(folder)).toEqual([])
  })

  test.each([[[]], [['migrate']], [['migration', '--shema', 'x']], [['migration', '--schema', '']]])(
    'called wrongly, it says how: %j',
    (args) => {
      expect(run(...args)).toBe(2)
      expect(printed).toContain('synclayer-supabase migration')
    },
  )

  test('without a project it says what to do', () => {
    expect(run('migration')).toBe(2)
    expect(printed).toContain('supabase init')
  })
})
