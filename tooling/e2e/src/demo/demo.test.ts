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

describe('npm start', () => {
  test('runs to its end with equal replicas and leaves nothing behind', async () => {
    const { stdout, stderr } = await execute(process.execPath, [program, '--records', '2000'], { env })
    expect(stdout).toContain('All three are equal.')
    expect(stdout).toContain('Every edit of both is in')
    expect(stdout).toContain('2,250 changes accepted by the backend')
    expect(stdout).toContain('5 of his records were changed on both sides')
    expect(stdout).toContain('was woken by the backend')
    expect(stdout).not.toContain('\u001B')
    expect(stderr).toBe('')
    expect(readdirSync(folder)).toEqual([])
  })

  test('keeps the databases where asked', async () => {
    const { stdout } = await execute(process.execPath, [program, '--records', '100', '--keep'], { env })
    const [kept] = readdirSync(folder)
    const path = join(folder, kept ?? 'nothing')
    expect(readdirSync(path).sort()).toEqual(['ada.db', 'backend.db', 'ben.db'])
    expect(stdout).toContain(join(path, 'ada.db'))
    rmSync(path, { recursive: true })
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('interrupted by %s it leaves nothing behind', async (signal, code) => {
    const child = spawn(process.execPath, [program], { env })
    let output = ''
    let isInterrupted = false
    for await (const part of child.stdout) {
      output += String(part)
      if (isInterrupted || !output.includes('sent')) continue
      isInterrupted = true
      child.kill(signal)
    }
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(code)
    expect(output).toContain('nothing is left behind')
    // At once, and not when all is done.
    expect(output).not.toContain('3/6')
    expect(readdirSync(folder)).toEqual([])
  })

  test('explains its options, and wrong ones', async () => {
    const { stdout } = await execute(process.execPath, [program, '--help'], { env })
    expect(stdout).toContain('--records N')
    for (const args of [['--records', '5'], ['--records', 'many'], ['--fast']]) {
      await expect(execute(process.execPath, [program, ...args], { env })).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('Usage: npm start') as string,
      })
    }
  })
})
