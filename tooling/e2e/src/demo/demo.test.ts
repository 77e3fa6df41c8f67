import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'

const execute = promisify(execFile)
const program = fileURLToPath(new URL('../../../../apps/demo/dist/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'synclayer-demo-test-'))
const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder, NO_COLOR: '1' }
afterAll(() => rmSync(folder, { recursive: true }))

/** The address, and the number of the server's process, as they are printed. */
function serverIn(output: string): { readonly url: string; readonly pid: number } {
  const [, url = '', pid = ''] = /It serves (\S+), as process (\d+)/.exec(output) ?? []
  return { url, pid: Number(pid) }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('npm run demo', () => {
  test('runs to its end with equal replicas and leaves nothing behind', async () => {
    const { stdout, stderr } = await execute(process.execPath, [program, '--records', '2000'], { env }).catch(
      // What it printed says at which step it failed.
      ({ message, stdout: printed }: { readonly message: string; readonly stdout: string }) => {
        throw new Error(`${message}\n${printed}`)
      },
    )
    expect(stdout).toContain('All three are equal.')
    expect(stdout).toContain('Every edit of both is in')
    expect(stdout).toContain('2,250 changes accepted by the server')
    expect(stdout).toContain('5 of his records were changed on both sides')
    expect(stdout).toContain('was told by the server')
    expect(stdout).not.toContain('\u001B')
    expect(stderr).toBe('')
    expect(serverIn(stdout).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(isRunning(serverIn(stdout).pid)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  test('where asked it keeps the databases and leaves the server running until Ctrl-C', async () => {
    const child = spawn(process.execPath, [program, '--records', '100', '--keep'], { env })
    let output = ''
    let answer: unknown
    for await (const part of child.stdout) {
      output += String(part)
      if (answer !== undefined || !output.includes('until Ctrl-C')) continue
      answer = await (await fetch(`${serverIn(output).url}/sync/countries?limit=1`)).json()
      child.kill('SIGINT')
    }
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
    expect(answer).toMatchObject({ records: [{ recordId: expect.any(String) as string }] })
    expect(isRunning(serverIn(output).pid)).toBe(false)
    const [kept] = readdirSync(folder)
    const path = join(folder, kept ?? 'nothing')
    // Beside a store lies who of several processes leads.
    const files = readdirSync(path).filter((name) => !name.endsWith('-lead'))
    expect(files.sort()).toEqual(['ada.db', 'backend.db', 'ben.db'])
    expect(output).toContain(join(path, 'ada.db'))
    rmSync(path, { recursive: true })
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('interrupted by %s it leaves nothing behind', async (signal, code) => {
    const child = spawn(process.execPath, [program], { env })
    let output = ''
    let errors = ''
    let isInterrupted = false
    child.stderr.on('data', (part) => (errors += String(part)))
    for await (const part of child.stdout) {
      output += String(part)
      if (isInterrupted || !output.includes('sent')) continue
      isInterrupted = true
      // Once by the terminal, once passed on by npm.
      child.kill(signal)
      child.kill(signal)
    }
    if (child.exitCode === null) await once(child, 'exit')
    expect([child.exitCode, errors]).toEqual([code, ''])
    expect(output).toContain('nothing is left behind')
    // At once, and not when all is done.
    expect(output).not.toContain('4/7')
    expect(isRunning(serverIn(output).pid)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  test('explains its options, and wrong ones', async () => {
    const { stdout } = await execute(process.execPath, [program, '--help'], { env })
    expect(stdout).toContain('--records N')
    for (const args of [['--records', '5'], ['--records', 'many'], ['--fast']]) {
      await expect(execute(process.execPath, [program, ...args], { env })).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('Usage: npm run demo') as string,
      })
    }
  })
})
