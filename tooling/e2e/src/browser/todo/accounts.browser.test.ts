import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTodoLab, enterName, type TodoLab, type Window } from './todo-lab.ts'

let lab: TodoLab
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())
afterEach(() => lab.end())

async function signOut({ page, choose }: Window, button: string): Promise<void> {
  await choose('Sign out')
  await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click()
}

function signInForm({ page }: Window): Promise<void> {
  return page.getByRole('textbox', { name: 'Your name' }).waitFor()
}

describe('users', () => {
  test('do not see what others have, neither on two devices nor one after the other on one', async () => {
    const [ada, ben] = [lab.newName(), lab.newName()]
    const device = await lab.device()
    const hers = await device.signIn(ada)
    await hers.add('Of Ada')
    await hers.settled()
    const his = await (await lab.device()).signIn(ben)
    await his.add('Of Ben')
    await his.settled()
    expect(await his.texts()).toEqual(['Of Ben'])
    expect(await hers.texts()).toEqual(['Of Ada'])

    await signOut(hers, 'Sign out')
    await enterName(hers.page, ben)
    await expect.poll(hers.texts).toEqual(['Of Ben'])
    await signOut(hers, 'Sign out')
    await enterName(hers.page, ada)
    await expect.poll(hers.texts).toEqual(['Of Ada'])
    // Nor does the server give it to whoever asks for it.
    const answer = await his.page.evaluate(async (scope) => {
      const [key = ''] = Object.keys(localStorage).filter((name) => name.includes('session'))
      const { token } = JSON.parse(localStorage.getItem(key) ?? '{}') as { token: string }
      const body = JSON.stringify({ scope, collections: [{ name: 'todos' }], cursor: null, limit: 10 })
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      return (await fetch('/sync/pull', { method: 'POST', headers, body })).status
    }, `user:${ada}`)
    expect(answer).toBe(403)
  })

  test('of any script are welcome, and what is no name is refused with a reason', async () => {
    const window = await (await lab.device()).open()
    for (const name of ['-', 'a/b', '😀']) {
      await enterName(window.page, name)
      await expect.poll(() => window.page.getByRole('alert').first().textContent()).toContain('name')
    }
    await enterName(window.page, 'Zoë 漢')
    await window.add('Hello')
    await window.settled()
  })
})

describe('signing out', () => {
  test('with all sent removes everything from the device, in all of its windows', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    await app.add('Buy milk')
    await app.settled()
    const second = await device.open()
    await expect.poll(second.texts).toEqual(['Buy milk'])
    expect(await app.page.evaluate(textsStored)).toContain('Buy milk')
    await signOut(app, 'Sign out')
    await signInForm(app)
    await signInForm(second)
    await expect.poll(() => app.page.evaluate(textsStored)).not.toContain('Buy milk')
    await enterName(app.page, name)
    await expect.poll(app.texts).toEqual(['Buy milk'])
  })

  test('with unsent changes asks first: staying keeps them, and they are sent later', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    await app.settled()
    await device.context.setOffline(true)
    await app.add('Not sent')
    await app.choose('Sign out')
    const dialog = app.page.getByRole('dialog', { name: `Sign out ${name}?` })
    expect(await dialog.textContent()).toContain('1 change')
    expect(await dialog.getByRole('button', { name: 'Sign out', exact: true }).count()).toBe(0)
    await dialog.getByRole('button', { name: 'Stay signed in' }).click()
    await dialog.waitFor({ state: 'detached' })
    await app.page.keyboard.press('Escape')
    expect(await app.texts()).toEqual(['Not sent'])
    await device.context.setOffline(false)
    await app.settled()
  })

  test('with unsent changes saves a file, which brings them back on signing in again', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    await app.add('Sent')
    await app.settled()
    await device.context.setOffline(true)
    await app.add('Not sent')
    await app.edit('Sent', 'Edited, not sent')
    await app.choose('Sign out')
    const dialog = app.page.getByRole('dialog')
    const saved = app.page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Export a file' }).click()
    const download = await saved
    expect(download.suggestedFilename()).toMatch(new RegExp(`^todos-${name}-\\d{4}-\\d\\d-\\d\\d\\.jsonl$`))
    await dialog.getByRole('button', { name: 'Sign out', exact: true }).click()
    await signInForm(app)
    await device.context.setOffline(false)

    // On another device, as it may be.
    const other = await (await lab.device()).open()
    await other.page.getByText('Bring a file along').click()
    const field = other.page.getByLabel('A file that was exported when signing out')
    await field.setInputFiles(await download.path())
    await enterName(other.page, name)
    await expect.poll(other.texts).toEqual(['Not sent', 'Edited, not sent'])
    await other.settled()
    await enterName(app.page, name)
    await expect.poll(app.texts).toEqual(['Not sent', 'Edited, not sent'])
  })

  test('with unsent changes discards them only where that was said', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    await app.add('Sent')
    await app.settled()
    await device.context.setOffline(true)
    await app.add('Not sent')
    await signOut(app, 'Discard them and sign out')
    await signInForm(app)
    await device.context.setOffline(false)
    await enterName(app.page, name)
    await expect.poll(app.texts).toEqual(['Sent'])
  })
})

describe('a token', () => {
  test('that the server no longer takes stops no work: who signs in again goes on', async () => {
    const name = lab.newName()
    const app = await (await lab.device()).signIn(name)
    await app.add('Before')
    await app.settled()
    await lab.stop('SIGTERM')
    rmSync(join(lab.place.folder, 'synclayer.db.secret'))
    await lab.start()
    await app.add('Meanwhile')
    await expect.poll(app.state, { timeout: 40_000 }).toBe('Sign in to sync')
    const banner = app.page.getByRole('status').filter({ hasText: 'Sign in again to sync' })
    expect(await banner.textContent()).toContain('1 change')
    await banner.getByRole('button', { name: `Sign in as ${name}` }).click()
    await app.settled()
    const other = await (await lab.device()).signIn(name)
    await expect.poll(other.texts).toEqual(['Meanwhile', 'Before'])
  }, 90_000)

  test('that ends is renewed in time, and nobody notices', async () => {
    const shortLived = await createTodoLab({ server: ['--demo-expires', '3s'] })
    const name = shortLived.newName()
    const app = await (await shortLived.device()).signIn(name)
    const other = await (await shortLived.device()).signIn(name)
    const renewals: number[] = []
    app.page.on('response', (response) => {
      if (response.url().endsWith('/demo/renew')) renewals.push(response.status())
    })
    const states = new Set<string>()
    const begun = Date.now()
    // Over several lives of a token.
    for (let turn = 0; Date.now() - begun < 10_000 || renewals.length < 2; turn += 1) {
      await app.add(`Todo ${turn}`)
      await other.check(`Todo ${turn}`).waitFor()
      states.add(await app.state())
    }
    expect(new Set(renewals)).toEqual(new Set([200]))
    expect(states).not.toContain('Sign in to sync')
    await shortLived.end()
    await shortLived.close()
  })
})

/** All that lies in the databases of the page, as text. */
async function textsStored(): Promise<string> {
  const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(new Error('It cannot be read'))
    })
  const parts: string[] = []
  for (const { name = '' } of await indexedDB.databases()) {
    const opening = indexedDB.open(name)
    // One that was deleted meanwhile is not to be made anew.
    opening.onupgradeneeded = () => opening.transaction!.abort()
    const database = await done(opening).catch(() => null)
    if (database === null) continue
    for (const store of database.objectStoreNames) {
      const rows = await done(database.transaction(store).objectStore(store).getAll())
      parts.push(JSON.stringify(rows))
    }
    database.close()
  }
  return parts.join('\n')
}
