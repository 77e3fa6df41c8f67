import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { APP, createTodoLab, type TodoLab } from './todo-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-todo-'))
const page = join(folder, 'index.html')
const worker = join(folder, 'service-worker.js')

let lab: TodoLab
beforeAll(async () => {
  cpSync(APP, folder, { recursive: true })
  lab = await createTodoLab({ app: folder })
})
afterAll(async () => {
  await lab.close()
  rmSync(folder, { recursive: true })
})
afterEach(() => lab.end())

describe('a new version of the app', () => {
  test('is offered and not forced; what is open goes on, and a reload brings it', async () => {
    const app = await (await lab.device()).signIn(lab.newName())
    await app.add('Buy milk')
    await app.page.evaluate(async () => {
      await navigator.serviceWorker.ready
    })
    // The page that is kept is the one of this version.
    await app.page.reload()
    await expect.poll(app.texts).toEqual(['Buy milk'])
    writeFileSync(page, readFileSync(page, 'utf8').replace(/<title>[^<]*</, '<title>Todos, the new version<'))
    writeFileSync(worker, `${readFileSync(worker, 'utf8')}\n// the new version`)
    await app.page.reload()
    const notice = app.page.getByRole('status', { name: 'Notices' })
    await expect.poll(() => notice.textContent()).toContain('A new version is ready')
    expect(await app.page.title()).toBe('Todos')
    await app.add('Written meanwhile')
    await notice.getByRole('button', { name: 'Reload' }).click()
    await expect.poll(() => app.page.title()).toBe('Todos, the new version')
    await expect.poll(app.texts).toEqual(['Written meanwhile', 'Buy milk'])
  })

  test('nothing of what is synced is kept by the service worker', async () => {
    const app = await (await lab.device()).signIn(lab.newName())
    await app.add('Buy milk')
    await app.settled()
    const kept = await app.page.evaluate(async () => {
      await navigator.serviceWorker.ready
      const paths: string[] = []
      for (const name of await caches.keys()) {
        const requests = await (await caches.open(name)).keys()
        paths.push(...requests.map(({ url }) => new URL(url).pathname))
      }
      return paths
    })
    expect(kept).toContain('/')
    expect(kept.filter((path) => /^\/(sync|demo|health|ready)/.test(path))).toEqual([])
  })

  test('can be installed: the manifest names icons that are there', async () => {
    const app = await (await lab.device()).open()
    const href = await app.page.locator('link[rel=manifest]').getAttribute('href')
    const manifest = (await (await app.page.request.get(href ?? '')).json()) as {
      name: string
      start_url: string
      icons: { src: string; sizes: string; type: string }[]
    }
    expect(manifest.name).toBeTruthy()
    expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']))
    for (const { src, type } of manifest.icons) {
      const icon = await app.page.request.get(src)
      expect([icon.status(), icon.headers()['content-type']]).toEqual([200, type])
    }
  })
})
