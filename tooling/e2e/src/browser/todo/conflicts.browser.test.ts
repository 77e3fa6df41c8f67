import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTodoLab, type Device, type TodoLab, type Window } from './todo-lab.ts'

let lab: TodoLab
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())

let devices: readonly Device[]
let here: Window
let there: Window
/** Two devices of one person, both with the same todos. */
beforeEach(async () => {
  const name = lab.newName()
  devices = await Promise.all([lab.device(), lab.device()])
  ;[here, there] = (await Promise.all(devices.map((device) => device.signIn(name)))) as [Window, Window]
  for (const text of ['Buy milk', 'Read']) await here.add(text)
  await there.check('Read').waitFor()
  await here.settled()
})
afterEach(() => lab.end())

/** What each does while neither knows of the other; then `here` comes back first. */
async function apart(act: () => Promise<void>): Promise<void> {
  for (const { context } of devices) await context.setOffline(true)
  await act()
  for (const [index, { context }] of devices.entries()) {
    await context.setOffline(false)
    await [here, there][index]!.settled()
  }
  await here.settled()
}

function inbox(window: Window): Locator {
  return window.panel.getByRole('region', { name: 'Edited on two devices' })
}

async function details(window: Window, text: string): Promise<Locator> {
  await window
    .row(text)
    .getByRole('button', { name: `Details of ${text}`, exact: true })
    .click()
  const group = window.page.getByRole('group', { name: `Details of ${text}` })
  await group.waitFor()
  return group
}

describe('the same todo, edited on two devices while they were apart', () => {
  test('different fields: both edits survive, and nothing is asked', async () => {
    await apart(async () => {
      await here.edit('Buy milk', 'Buy oat milk')
      await there.complete('Buy milk')
      const chosen = await details(there, 'Buy milk')
      await chosen.getByLabel('Due date').fill('2031-05-01')
      await there.row('Buy milk').locator('time').waitFor()
    })
    for (const window of [here, there]) {
      await expect.poll(window.texts).toEqual(['Read', 'Buy oat milk'])
      const row = window.row('Buy oat milk')
      await expect.poll(() => row.getAttribute('data-done')).toBe('true')
      expect(await row.locator('time').getAttribute('datetime')).toBe('2031-05-01')
      expect(await window.syncButton.textContent()).not.toContain('to look at')
    }
  })

  test('the same field: the later edit is kept, and the inbox shows both and gives the other back', async () => {
    await apart(async () => {
      await here.edit('Buy milk', 'Buy oat milk')
      await there.edit('Buy milk', 'Buy soy milk')
    })
    for (const window of [here, there]) await expect.poll(window.texts).toEqual(['Read', 'Buy soy milk'])
    // Who came second had to merge.
    await expect.poll(() => there.syncButton.textContent()).toContain('1 to look at')
    await there.page.reload()
    await there.openPanel()
    const conflict = inbox(there).getByRole('listitem')
    await conflict.waitFor()
    const row = conflict.getByRole('row', { name: /Text/i })
    expect(await row.getByRole('cell').allTextContents()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('Buy soy milk'),
        expect.stringContaining('Buy oat milk'),
      ]),
    )
    expect(await row.getByRole('cell').filter({ hasText: 'kept' }).textContent()).toContain('Buy soy milk')
    // Another window of the device shows it too.
    const another = await devices[1]!.open()
    await another.openPanel()
    await inbox(another).getByRole('listitem').waitFor()

    await conflict.getByRole('button', { name: 'Use the other value' }).click()
    for (const window of [here, there, another])
      await expect.poll(window.texts).toEqual(['Read', 'Buy oat milk'])
    await inbox(another).waitFor({ state: 'detached' })
  })

  test('tags that were added on both are all kept', async () => {
    const tag = async (window: Window, text: string): Promise<void> => {
      const group = await details(window, 'Buy milk')
      await group.getByLabel('Add a tag').fill(text)
      await group.getByLabel('Add a tag').press('Enter')
      await group.getByRole('button', { name: `Remove tag ${text}` }).waitFor()
    }
    await apart(async () => {
      await tag(here, 'shop')
      await tag(there, 'home')
    })
    for (const window of [here, there]) {
      for (const text of ['#shop', '#home'])
        await expect.poll(() => window.row('Buy milk').textContent()).toContain(text)
    }
  })

  test('deleted on one, edited on the other: the edit is kept, and the inbox says so', async () => {
    await apart(async () => {
      await here.remove('Buy milk')
      await there.edit('Buy milk', 'Buy oat milk')
    })
    for (const window of [here, there]) await expect.poll(window.texts).toEqual(['Read', 'Buy oat milk'])
    await there.openPanel()
    const conflict = inbox(there).getByRole('listitem')
    await expect.poll(() => conflict.textContent()).toContain('The edited todo was kept')
    await conflict.getByRole('button', { name: 'Delete it after all' }).click()
    for (const window of [here, there]) await expect.poll(window.texts).toEqual(['Read'])
  })

  test('deleted on both, it stays deleted', async () => {
    await apart(async () => {
      await here.remove('Buy milk')
      await there.remove('Buy milk')
    })
    for (const window of [here, there]) await expect.poll(window.texts).toEqual(['Read'])
  })
})

test('todos that were moved on two devices while they were apart come into the same order', async () => {
  for (const text of ['three', 'four', 'five']) await here.add(text)
  await expect.poll(async () => (await there.texts()).length).toBe(5)
  await here.settled()
  const move = async (window: Window, text: string, keys: readonly string[]): Promise<void> => {
    await window
      .row(text)
      .getByRole('button', { name: `Move ${text}`, exact: true })
      .focus()
    const before = (await window.texts()).join()
    for (const key of keys) await window.page.keyboard.press(key)
    await expect.poll(async () => (await window.texts()).join()).not.toBe(before)
  }
  await apart(async () => {
    await move(here, 'Buy milk', ['Home'])
    await move(here, 'five', ['End'])
    await move(there, 'Read', ['Home'])
    await move(there, 'four', ['End'])
  })
  await expect.poll(async () => (await here.texts()).join() === (await there.texts()).join()).toBe(true)
  expect((await here.texts()).toSorted()).toEqual(['Buy milk', 'Read', 'five', 'four', 'three'])
  expect((await here.texts()).slice(0, 2).toSorted()).toEqual(['Buy milk', 'Read'])
})
