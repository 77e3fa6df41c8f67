import { isSyncError } from '@synclayer/core/adapter'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadAdapter } from './load-adapter.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-load-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A package in the folder, of one module. */
function install(name: string, text: string): void {
  const place = join(folder, 'node_modules', name)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  writeFileSync(join(place, 'index.js'), text)
}

async function complaint(name: string): Promise<string> {
  try {
    await loadAdapter(name, [join(folder, 'empty'), folder])
  } catch (error) {
    if (isSyncError(error, 'INVALID_OPTION')) return error.message
    throw error
  }
  return 'none'
}

const NAMES = `export const names = 1; export const acmeAdapter = (options) => ({ name: 'acme', options })`

describe('loadAdapter', () => {
  test('takes the one function of a package whose name ends in Adapter', async () => {
    install('@acme/adapter', NAMES)
    const create = await loadAdapter('@acme/adapter', [folder])
    expect(create({ url: 'acme://x' })).toEqual({ name: 'acme', options: { url: 'acme://x' } })
  })

  test('takes the default export of a file, as seen from the folder', async () => {
    writeFileSync(join(folder, 'own.mjs'), `export default () => ({ name: 'own' })\n${NAMES}`)
    mkdirSync(join(folder, 'server'))
    writeFileSync(join(folder, 'server', 'own.mjs'), `export default () => ({ name: 'another' })`)
    const folders = [join(folder, 'server'), folder]
    expect((await loadAdapter('./own.mjs', folders))({})).toEqual({ name: 'own' })
    expect((await loadAdapter(join(folder, 'own.mjs'), ['/']))({})).toEqual({ name: 'own' })
  })

  test('says what to install where a package of the table, or its driver, is missing', async () => {
    const wanted = 'npm install @synclayer/adapter-postgres pg'
    expect(await complaint('postgres')).toContain(wanted)
    install('@synclayer/adapter-postgres', `import 'a-driver-that-is-not-there'\n${NAMES}`)
    expect(await complaint('postgres')).toContain(wanted)
  })

  test('names the nearest where there is none of that name', async () => {
    const text = await complaint('postgers')
    expect(text).toContain('There is no adapter postgers')
    expect(text).toContain('Did you mean "postgres"?')
    expect(await complaint('./gone.js')).toContain('There is no adapter ./gone.js')
    expect(await complaint('constructor')).toContain('There are: sqlite, ')
  })

  test('refuses what is no adapter, and tells of an adapter that fails by itself', async () => {
    install('two', 'export const oneAdapter = () => 1; export const otherAdapter = () => 2')
    expect(await complaint('two')).toContain('two exports no adapter')
    install('broken', `throw new Error('out of order')`)
    await expect(complaint('broken')).rejects.toThrow('out of order')
  })
})
