import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const execute = promisify(execFile)

/** The packages this one depends on, as built, and the entries each publishes. */
const entries = ['core', 'storage-sqlite', 'adapter-sqlite', 'adapter-rest', 'server'].flatMap((name) => {
  const file = new URL(`../../../packages/${name}/package.json`, import.meta.url)
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { exports: Record<string, unknown> }
  const published = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))
  return published.map((entry) => `@synclayer/${name}${entry.slice(1)}`)
})

describe('published packages', () => {
  test.each(entries)('%s loads by import in plain Node', async (entry) => {
    const program = `await import('${entry}'); console.log('loaded')`
    expect(await node('--input-type=module', program)).toBe('loaded\n')
  })

  test.each(entries)('%s loads by require in plain Node', async (entry) => {
    expect(await node('--input-type=commonjs', `require('${entry}'); console.log('loaded')`)).toBe('loaded\n')
  })
})

async function node(type: string, program: string): Promise<string> {
  const cwd = new URL('..', import.meta.url)
  const { stdout } = await execute(process.execPath, [type, '-e', program], { cwd })
  return stdout
}
