import type { CDPSession } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTodoLab, type Device, enterName, type TodoLab, type Window } from './todo-lab.ts'

let lab: TodoLab
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())
afterEach(() => lab.end())

function devtools({ context }: Device, { page }: Window): Promise<CDPSession> {
  return context.newCDPSession(page)
}

describe('storage that was cleared', () => {
  test.each([
    ['by the user, all of it', 'all'],
    ['by the browser, the databases alone', 'indexeddb'],
  ])('%s: everything comes back from the server', async (_who, storageTypes) => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    for (const text of ['Buy milk', 'Read']) await app.add(text)
    await app.settled()
    const session = await devtools(device, app)
    await session.send('Storage.clearDataForOrigin', { origin: lab.server.url, storageTypes })
    await app.page.reload()
    if (storageTypes === 'all') await enterName(app.page, name)
    await expect.poll(app.texts).toEqual(['Read', 'Buy milk'])
    await app.add('After')
    await app.settled()
    const other = await (await lab.device()).signIn(name)
    await expect.poll(other.texts).toEqual(['After', 'Read', 'Buy milk'])
  })
})

describe('a full disk', () => {
  test('is told, what was typed stays in the field, and it works again when there is room', async () => {
    const device = await lab.device()
    const app = await device.open()
    const session = await devtools(device, app)
    // Before anything is stored: the browser does not look again at how much there may be for half a minute.
    await session.send('Storage.overrideQuotaForOrigin', { origin: lab.server.url, quotaSize: 5_000_000 })
    await enterName(app.page, lab.newName())
    await app.add('Before')
    await app.settled()
    await app.page.evaluate(fillUp)
    const text = 'that is long '.repeat(140).trim()
    await app.entry.fill(text)
    await app.entry.press('Enter')
    const problems = app.page.getByRole('alert', { name: 'Problems' })
    await expect.poll(() => problems.textContent()).toContain('The disk is full')
    expect(await app.entry.inputValue()).toBe(text)
    expect(await app.texts()).toEqual(['Before'])
    await session.send('Storage.overrideQuotaForOrigin', { origin: lab.server.url })
    await app.entry.press('Enter')
    await expect.poll(app.texts).toEqual([text, 'Before'])
    await app.settled()
  })
})

describe('a browser without IndexedDB', () => {
  test('is told what to do, by the code of the error', async () => {
    const device = await lab.device()
    await device.context.addInitScript(() => {
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
    })
    const { page } = await device.open()
    await enterName(page, lab.newName())
    const failure = page.getByRole('alert').filter({ has: page.getByRole('heading') })
    await failure.waitFor()
    expect(await failure.getByRole('heading').textContent()).toBe('This browser cannot store data')
    expect(await failure.locator('code').textContent()).toBe('NOT_SUPPORTED')
  })
})

/** Writes until nothing more is taken. */
async function fillUp(): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('filler')
    request.onupgradeneeded = () => request.result.createObjectStore('rows', { autoIncrement: true })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('It cannot be opened'))
  })
  const put = (bytes: number): Promise<boolean> =>
    new Promise((resolve) => {
      const transaction = database.transaction('rows', 'readwrite')
      transaction.objectStore('rows').add(crypto.getRandomValues(new Uint8Array(bytes)))
      transaction.oncomplete = () => resolve(true)
      transaction.onabort = () => resolve(false)
    })
  for (const bytes of [50_000, 1_000]) while (await put(bytes));
}
