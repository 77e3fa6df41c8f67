import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { APP, createTodoLab, type TodoLab, type Window } from './todo-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-todo-'))
const page = join(folder, 'index.html')

let lab: TodoLab
beforeAll(async () => {
  cpSync(APP, folder, { recursive: true })
  lab = await createTodoLab({ app: folder })
})
afterAll(async () => {
  await lab.close()
  rmSync(folder, { recursive: true })
})

async function signedIn(): Promise<Window> {
  return (await lab.device()).signIn(lab.newName())
}

describe('what must never happen is noticed, whatever a test is about', () => {
  test('a script or a style that stands in the page', async () => {
    const sound = readFileSync(page, 'utf8')
    for (const bad of ['<script>window.bad = true</script>', '<p style="color: red">Bad</p>']) {
      writeFileSync(page, sound.replace('</body>', `${bad}</body>`))
      await signedIn()
      await expect(lab.end()).rejects.toThrow('The policy was violated')
    }
    writeFileSync(page, sound)
    await signedIn()
    await lab.end()
  })

  test('a token in an address', async () => {
    const app = await signedIn()
    await app.page.evaluate(async () => {
      const [key = ''] = Object.keys(localStorage).filter((name) => name.includes('session'))
      const { token } = JSON.parse(localStorage.getItem(key) ?? '{}') as { token: string }
      await fetch(`/sync?key=${token}`)
    })
    await expect(lab.end()).rejects.toThrow('A token stands in an address')
  })

  test('something thrown that nobody caught', async () => {
    const app = await signedIn()
    const thrown = app.page.waitForEvent('pageerror')
    await app.page.evaluate(() => {
      setTimeout(() => {
        throw new Error('Nobody caught this')
      })
    })
    await thrown
    await expect(lab.end()).rejects.toThrow('Nobody caught this')
  })
})
