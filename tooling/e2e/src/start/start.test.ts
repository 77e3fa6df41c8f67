import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Child, endChildren, startFile } from '../child.ts'

const program = fileURLToPath(new URL('../../../scripts/start.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'synclayer-start-test-'))
afterEach(endChildren)
afterAll(() => rmSync(folder, { recursive: true }))

function start(...args: readonly string[]): { readonly child: Child; readonly lines: string[] } {
  const lines: string[] = []
  const child = startFile(program, args, { name: 'npm start', onLine: (line) => lines.push(line) })
  return { child, lines }
}

async function urlSaidBy(child: Child): Promise<string> {
  return (await child.line((line) => line.startsWith('The todo app:'))).replace('The todo app:', '').trim()
}

describe('npm start', () => {
  test('serves the app and sync at one address until Ctrl+C, and keeps the data', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { child, lines } = start('--built', '--port', `${port}`, '--data', folder)
    const url = await urlSaidBy(child)
    expect(Number(new URL(url).port)).not.toBe(port)
    const page = await fetch(url, { headers: { accept: 'text/html' } })
    expect(await page.text()).toContain('<script')
    expect((await fetch(`${url}/ready`)).status).toBe(200)
    child.process.kill('SIGINT')
    expect(await child.ended).toMatchObject({ code: 0, errors: '' })
    await expect(fetch(url)).rejects.toThrow('fetch failed')
    expect(existsSync(join(folder, 'todo.db'))).toBe(true)
    expect(lines.filter((line) => line.includes('http://'))).toHaveLength(1)
    expect(lines.join('\n')).toContain(`Port ${port} is taken`)
    taken.close()
  })

  test('--once sees that all answers, and ends', async () => {
    const { child, lines } = start('--built', '--once')
    expect(await child.ended).toMatchObject({ code: 0, errors: '' })
    expect(lines.at(-1)).toMatch(/^The app and sync answered at http:\/\/127\.0\.0\.1:\d+\.$/)
  })

  test.each([[['--port', 'x']], [['--port', '0']], [['--prot', '1']]])('refuses %j', async (args) => {
    const { child, lines } = start(...args)
    const { code, errors } = await child.ended
    expect([code, lines]).toEqual([2, []])
    expect(errors).toContain('Usage: npm start')
  })
})
