import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MUTANTS } from './catalog/index.ts'
import { mutate } from './mutate.ts'
import { root } from './repository.ts'

describe('the catalog of mutants', () => {
  test('has names of its own, and at least 30', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
    expect(MUTANTS.length).toBeGreaterThanOrEqual(30)
  })

  test.each(MUTANTS)('$name still applies, and its proofs exist', (mutant) => {
    const source = readFileSync(join(root, mutant.file), 'utf8')
    expect(mutate(source, mutant)).not.toBe(source)
    const files = mutant.proofs.filter((proof) => proof.endsWith('.test.ts'))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })
})
