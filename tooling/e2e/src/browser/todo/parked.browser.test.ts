import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTodoLab, type TodoLab, type Window } from './todo-lab.ts'

let lab: TodoLab
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())

let name: string
let app: Window
let isStrict: boolean
/** The server of this app refuses nothing for good: another, stricter one answers pushes in its place while `isStrict`. */
beforeEach(async () => {
  name = lab.newName()
  isStrict = true
  const device = await lab.device()
  await device.context.route('**/sync/push', async (route) => {
    const { mutations } = route.request().postDataJSON() as { mutations: { id: string }[] }
    if (!isStrict || !JSON.stringify(mutations).includes('Forbidden')) return route.fallback()
    const refusal = { status: 'rejected', code: 'FORBIDDEN', reason: 'Not in this house' }
    const results = mutations.map(({ id }) => ({ id, ...refusal }))
    return route.fulfill({ json: { results, serverTime: null } })
  })
  app = await device.signIn(name)
  await app.add('Allowed')
  await app.settled()
  await app.edit('Allowed', 'Forbidden')
  await app.syncButton.filter({ hasText: '1 to look at' }).waitFor()
})
afterEach(() => lab.end())

function refused(): Locator {
  return app.panel.getByRole('region', { name: 'Refused by the server' })
}

describe('a change that the server refuses', () => {
  test('is shown with the reason, holds up nothing else, and survives a reload', async () => {
    await expect.poll(() => app.row('Forbidden').textContent()).toContain('Refused')
    await app.add('Another')
    const other = await (await lab.device()).signIn(name)
    await expect.poll(other.texts).toEqual(['Another', 'Allowed'])
    await app.page.reload()
    await app.openPanel()
    await expect.poll(() => refused().textContent()).toContain('Not in this house')
    expect(await refused().textContent()).toMatch(/Edited: Forbidden[^]*FORBIDDEN/)
  })

  test('is tried again when asked', async () => {
    await app.openPanel()
    isStrict = false
    await refused().getByRole('button', { name: 'Try again' }).click()
    await app.settled()
    await refused().waitFor({ state: 'detached' })
    const other = await (await lab.device()).signIn(name)
    await expect.poll(other.texts).toEqual(['Forbidden'])
  })

  test('is discarded when asked twice: the todo is as the server has it', async () => {
    await app.openPanel()
    await refused().getByRole('button', { name: 'Discard my change' }).click()
    expect(await app.texts()).toEqual(['Forbidden'])
    await refused().getByRole('button', { name: 'Really discard it' }).click()
    await expect.poll(app.texts).toEqual(['Allowed'])
    await refused().waitFor({ state: 'detached' })
    await app.settled()
  })
})
