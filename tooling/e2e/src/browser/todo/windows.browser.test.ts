import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTodoLab, type TodoLab, type Window } from './todo-lab.ts'
import { todoPage } from './todo-page.ts'

let lab: TodoLab
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())
afterEach(() => lab.end())

/**
 * Its code stands still, as that of a page does that the browser has frozen, in a task of its own: anywhere else it might stop
 * within a transaction. Gives how it goes on.
 */
async function freeze({ page }: Window): Promise<() => Promise<void>> {
  const devtools = await page.context().newCDPSession(page)
  const told = (event: 'Debugger.paused' | 'Debugger.resumed'): Promise<void> =>
    new Promise((resolve) => devtools.once(event, () => resolve()))
  await devtools.send('Debugger.enable')
  const paused = told('Debugger.paused')
  await devtools.send('Runtime.evaluate', { expression: 'void setTimeout(() => { debugger })' })
  await paused
  return async () => {
    const resumed = told('Debugger.resumed')
    await devtools.send('Debugger.resume')
    await resumed
    await devtools.detach()
  }
}

describe('two windows of one device', () => {
  test('show at once what is done in the other, also without a network', async () => {
    const device = await lab.device()
    const one = await device.signIn(lab.newName())
    const two = await device.open()
    await two.entry.waitFor()
    await one.add('From one')
    await expect.poll(two.texts).toEqual(['From one'])
    await two.complete('From one')
    await one.row('From one').and(one.page.locator('[data-done=true]')).waitFor()
    await one.settled()
    await device.context.setOffline(true)
    await two.add('From two, offline')
    await expect.poll(one.texts).toEqual(['From two, offline', 'From one'])
    await one.edit('From two, offline', 'Edited by one')
    await expect.poll(two.texts).toEqual(['Edited by one', 'From one'])
  })

  test('go on when the one that syncs is closed', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const first = await device.signIn(name)
    await first.settled()
    const second = await device.open()
    await second.entry.waitFor()
    const other = await (await lab.device()).signIn(name)
    await first.page.close()
    await second.add('After the first was closed')
    await expect.poll(other.texts).toEqual(['After the first was closed'])
    await other.add('From elsewhere')
    await expect.poll(second.texts).toEqual(['From elsewhere', 'After the first was closed'])
  })

  test('go on when the one that syncs is frozen, which catches up when it is not', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const first = await device.signIn(name)
    await first.settled()
    const second = await device.open()
    await second.entry.waitFor()
    const other = await (await lab.device()).signIn(name)
    await other.settled()
    const thaw = await freeze(first)
    await second.add('While the first was frozen')
    await expect.poll(other.texts, { timeout: 45_000 }).toEqual(['While the first was frozen'])
    await other.add('From elsewhere')
    const wanted = ['From elsewhere', 'While the first was frozen']
    await expect.poll(second.texts, { timeout: 45_000 }).toEqual(wanted)
    await second.settled()
    await thaw()
    await expect.poll(first.texts).toEqual(wanted)
    await first.add('Awake')
    await expect.poll(other.texts).toEqual(['Awake', ...wanted])
    await expect.poll(second.texts).toEqual(['Awake', ...wanted])
  }, 150_000)
})

describe('two devices', () => {
  test('show what is done on the other, live, through the server', async () => {
    const name = lab.newName()
    const [one, two] = await Promise.all([
      (await lab.device()).signIn(name),
      (await lab.device()).signIn(name),
    ])
    await one.add('Buy milk')
    await expect.poll(two.texts).toEqual(['Buy milk'])
    await two.complete('Buy milk')
    await one.row('Buy milk').and(one.page.locator('[data-done=true]')).waitFor()
    await two.remove('Buy milk')
    await expect.poll(one.texts).toEqual([])
  })

  test('stand side by side in one window, each with a store of its own', async () => {
    const device = await lab.device()
    const app = await device.signIn(lab.newName())
    await app.add('From the first')
    await app.settled()
    await app.choose('Second device, side by side')
    const second = todoPage(app.page.frameLocator('iframe[title="Second device"]'))
    await expect.poll(second.texts).toEqual(['From the first'])
    await second.add('From the second')
    await expect.poll(app.texts).toEqual(['From the second', 'From the first'])

    // Each syncs for itself: one may be offline while the other is not.
    await second.workOffline(true)
    await app.add('Not yet there')
    await app.settled()
    await second.add('Not yet here')
    expect(await second.texts()).not.toContain('Not yet there')
    expect(await app.texts()).not.toContain('Not yet here')
    await second.workOffline(false)
    for (const { texts } of [app, second]) {
      await expect
        .poll(async () => (await texts()).toSorted())
        .toEqual(['From the first', 'From the second', 'Not yet here', 'Not yet there'])
    }
    // A reload shows the same.
    await app.page.reload()
    await second.entry.waitFor()
    await app.choose('Close the second device')
    await second.entry.waitFor({ state: 'detached' })
  })

  test('open in a window of their own', async () => {
    const app = await (await lab.device()).signIn(lab.newName())
    await app.add('From the first')
    const opened = app.page.waitForEvent('popup')
    await app.choose('Second device in a window')
    const page = await opened
    const second = todoPage(page)
    await expect.poll(second.texts).toEqual(['From the first'])
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Second device')
    await second.add('From the second')
    await expect.poll(app.texts).toEqual(['From the second', 'From the first'])
  })
})
