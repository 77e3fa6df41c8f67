/** Two versions of the app in two windows of one browser: one was not reloaded when the other took the new version. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { APP, createTodoLab, type Device, type TodoLab, type Window } from './todo-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-todo-'))

let lab: TodoLab
beforeEach(async () => {
  cpSync(APP, folder, { recursive: true })
  lab = await createTodoLab({ app: folder })
})
afterEach(async () => {
  try {
    await lab.end()
  } finally {
    await lab.close()
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Builds, in place of the app, one whose todos are of version 2. */
function buildNext(): void {
  const assets = join(folder, 'assets')
  const declared = /indexes:(\[.order.\]),fields:/
  const script = readdirSync(assets).find((name) => declared.test(readFileSync(join(assets, name), 'utf8')))!
  const path = join(assets, script)
  writeFileSync(path, readFileSync(path, 'utf8').replace(declared, 'version:2,indexes:$1,fields:'))
  const page = join(folder, 'index.html')
  writeFileSync(page, readFileSync(page, 'utf8').replace(/<title>[^<]*</, '<title>Todos, the new version<'))
  const worker = join(folder, 'service-worker.js')
  writeFileSync(worker, `${readFileSync(worker, 'utf8')}\n// the new version`)
}

/** A window that has taken the new version. */
async function openNext(device: Device): Promise<Window> {
  const next = await device.open()
  const notices = next.page.getByRole('status', { name: 'Notices' })
  await notices.getByRole('button', { name: 'Reload' }).click()
  await expect.poll(() => next.page.title()).toBe('Todos, the new version')
  await next.entry.waitFor()
  return next
}

/** A window that is signed in, of an app that the service worker has. */
async function openFormer(): Promise<{
  readonly device: Device
  readonly former: Window
  readonly name: string
}> {
  const name = lab.newName()
  const device = await lab.device({ expected: /another version of this app/ })
  const former = await device.signIn(name)
  await former.page.evaluate(async () => {
    await navigator.serviceWorker.ready
  })
  await former.page.reload()
  await former.entry.waitFor()
  return { device, former, name }
}

function bannerOf({ page }: Window): Locator {
  return page.getByRole('alert').filter({ hasText: 'Another version of this app was opened in another tab' })
}

test('the window that was not reloaded says so and writes nothing; a reload goes on with everything', async () => {
  const { device, former, name } = await openFormer()
  await former.add('Before')
  await former.settled()
  await former.entry.fill('Half a thou')
  buildNext()
  const next = await openNext(device)
  // Without anything being done in it.
  const banner = bannerOf(former)
  await banner.waitFor()
  expect(await banner.textContent()).toContain('Reload this page to go on.')

  // It syncs no more, and is in nobody's way: the other window sends what is done there.
  await next.add('In the new version')
  const other = await (await lab.device()).signIn(name)
  await expect.poll(other.texts).toEqual(['In the new version', 'Before'])

  // What was typed stays, also where it is sent off. What fails is not told one by one.
  await former.entry.press('End')
  await former.page.keyboard.type('ght')
  await former.entry.press('Enter')
  await former.check('Before').click()
  expect(await former.entry.inputValue()).toBe('Half a thought')
  expect(await former.texts()).toEqual(['Before'])
  expect(await former.page.getByRole('alert', { name: 'Problems' }).textContent()).toBe('')
  expect(await next.texts()).toEqual(['In the new version', 'Before'])
  expect(await next.row('Before').getAttribute('data-done')).toBe('false')

  await banner.getByRole('button', { name: 'Reload' }).click()
  await expect.poll(() => former.page.title()).toBe('Todos, the new version')
  await expect.poll(former.texts).toEqual(['In the new version', 'Before'])
  await former.add('Half a thought')
  for (const { texts } of [next, other]) {
    await expect.poll(texts).toEqual(['Half a thought', 'In the new version', 'Before'])
  }
  expect(await bannerOf(next).count()).toBe(0)
})

test('what it had not sent is sent by the window with the new version', async () => {
  const { device, former, name } = await openFormer()
  await lab.stop('SIGTERM')
  await former.add('Not sent')
  await lab.start()
  buildNext()
  await openNext(device)
  await bannerOf(former).waitFor()
  const other = await (await lab.device()).signIn(name)
  await expect.poll(other.texts, { timeout: 40_000 }).toEqual(['Not sent'])
  // It had been offered the new version too, which another window took.
  await former.page.getByRole('status', { name: 'Notices' }).getByRole('button', { name: 'Reload' }).click()
  await expect.poll(() => former.page.title()).toBe('Todos, the new version')
  await expect.poll(former.texts).toEqual(['Not sent'])
}, 120_000)
