import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keptSecret } from './kept-secret.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synclayer-secret-'))
  path = join(folder, 'a.db.secret')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('is made once, kept, and read by its user alone', () => {
  const secret = keptSecret(path)
  expect(secret).toMatch(/^[\da-f]{64}$/)
  expect(keptSecret(path)).toBe(secret)
  expect(readdirSync(folder)).toEqual(['a.db.secret'])
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('is another in each place', () => {
  expect(keptSecret(path)).not.toBe(keptSecret(join(folder, 'b.db.secret')))
})

test('is refused where others may read it, where it is short, and where there is no place for it', () => {
  expect(() => keptSecret(join(folder, 'nowhere', 'a.secret'))).toThrow('cannot be kept')
  writeFileSync(path, 'short', { mode: 0o600 })
  expect(() => keptSecret(path)).toThrow('could be guessed')
  if (process.platform === 'win32') return
  writeFileSync(path, 'x'.repeat(40))
  chmodSync(path, 0o644)
  expect(() => keptSecret(path)).toThrow('Others may read the secret')
})
