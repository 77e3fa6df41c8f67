import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTodoLab, type Device, type TodoLab, type Window } from './todo-lab.ts'

let lab: TodoLab
let device: Device
let app: Window
let name: string
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())
beforeEach(async () => {
  device = await lab.device()
  name = lab.newName()
  app = await device.signIn(name)
})
afterEach(() => lab.end())

/** Opens the window anew, as after closing it. */
async function reload(): Promise<void> {
  await app.page.reload()
  await app.entry.waitFor()
}

function filter(name: string): ReturnType<Window['page']['getByRole']> {
  return app.page.getByRole('group', { name: 'Show' }).getByRole('button', { name })
}

describe('todos', () => {
  test('are added at the top, kept when the page is loaded again, and seen on another device', async () => {
    for (const text of ['Buy milk', 'Water the plants', 'Write to Ada']) await app.add(text)
    const wanted = ['Write to Ada', 'Water the plants', 'Buy milk']
    expect(await app.texts()).toEqual(wanted)
    await expect.poll(() => app.entry.inputValue()).toBe('')
    await app.settled()
    await reload()
    await expect.poll(app.texts).toEqual(wanted)
    const other = await (await lab.device()).signIn(name)
    await expect.poll(other.texts).toEqual(wanted)
  })

  test('are edited in place: Enter keeps, Escape does not, and the focus stays with them', async () => {
    await app.add('Buy milk')
    await app.edit('Buy milk', 'Buy oat milk')
    const button = app.row('Buy oat milk').getByRole('button', { name: 'Edit Buy oat milk' })
    await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true)
    await button.press('Enter')
    const field = app.list.getByRole('textbox', { name: 'Edit todo' })
    await field.fill('Something else')
    await field.press('Escape')
    await field.waitFor({ state: 'detached' })
    expect(await app.texts()).toEqual(['Buy oat milk'])
    await reload()
    await expect.poll(app.texts).toEqual(['Buy oat milk'])
  })

  test('are completed, counted, filtered, and cleared with undo', async () => {
    for (const text of ['one', 'two', 'three']) await app.add(text)
    await app.complete('two')
    await expect.poll(() => filter('Done').innerText()).toMatch(/Done\s*1/)
    expect(await filter('Open').innerText()).toMatch(/Open\s*2/)
    expect(await filter('All').innerText()).toMatch(/All\s*3/)
    await filter('Open').click()
    await expect.poll(app.texts).toEqual(['three', 'one'])
    await filter('Done').click()
    await expect.poll(app.texts).toEqual(['two'])
    await filter('All').click()
    await app.page.getByRole('button', { name: 'Clear done' }).click()
    await expect.poll(app.texts).toEqual(['three', 'one'])
    await app.page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(app.texts).toEqual(['three', 'two', 'one'])
    expect(await app.check('two').isChecked()).toBe(true)
    await reload()
    await expect.poll(app.texts).toEqual(['three', 'two', 'one'])
  })

  test('are deleted with undo, by the button and by Ctrl+Z, and the focus goes to the next one', async () => {
    for (const text of ['one', 'two', 'three']) await app.add(text)
    const focused = (): Promise<string | null> =>
      app.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null)
    await app.row('two').getByRole('button', { name: 'Delete two' }).focus()
    await app.page.keyboard.press('Enter')
    await expect.poll(app.texts).toEqual(['three', 'one'])
    await expect.poll(focused).toBe('Delete one')
    await app.page.keyboard.press('Delete')
    await expect.poll(app.texts).toEqual(['three'])
    await expect.poll(focused).toBe('Delete three')
    await app.page.keyboard.press('Control+z')
    await expect.poll(app.texts).toEqual(['three', 'one'])
    await app.page.keyboard.press('Control+z')
    await expect.poll(app.texts).toEqual(['three', 'two', 'one'])
    for (const text of ['three', 'two', 'one']) await app.remove(text)
    await expect.poll(focused).toBe('New todo')
  })

  test('have tags, a priority and a day, typed or chosen, and are found by them', async () => {
    await app.add('Pay rent #home !high @2031-05-01', 'Pay rent')
    await app.add('Call Grace #work', 'Call Grace')
    await app.add('Read')
    await expect.poll(() => app.row('Pay rent').textContent()).toMatch(/High priority[^]*#home/)
    expect(await app.row('Pay rent').locator('time').getAttribute('datetime')).toBe('2031-05-01')

    await app.row('Read').getByRole('button', { name: 'Details of Read' }).click()
    const details = app.page.getByRole('group', { name: 'Details of Read' })
    await details.getByRole('radio', { name: 'Low' }).check()
    await details.getByLabel('Due date').fill('2031-04-01')
    await details.getByLabel('Add a tag').fill('evening')
    await details.getByLabel('Add a tag').press('Enter')
    await details.getByRole('button', { name: 'Remove tag evening' }).waitFor()
    await reload()
    await expect.poll(() => app.row('Read').textContent()).toMatch(/Low priority[^]*#evening/)

    await app.page.getByLabel('Sort by').selectOption({ label: 'Due date' })
    await expect.poll(app.texts).toEqual(['Read', 'Pay rent', 'Call Grace'])
    await app.page.getByLabel('Sort by').selectOption({ label: 'Priority' })
    await expect.poll(app.texts).toEqual(['Pay rent', 'Read', 'Call Grace'])
    await app.page.getByLabel('Tag', { exact: true }).selectOption('work')
    await expect.poll(app.texts).toEqual(['Call Grace'])
    await app.page.getByLabel('Tag', { exact: true }).selectOption('')
    await app.page.getByLabel('Search todos').fill('rent')
    await expect.poll(app.texts).toEqual(['Pay rent'])
    await app.page.getByLabel('Search todos').fill('nothing of the kind')
    await app.page.getByRole('button', { name: 'Show all todos' }).click()
    await expect.poll(async () => (await app.texts()).length).toBe(3)

    await app.row('Read').getByRole('button', { name: 'Details of Read' }).click()
    await details.getByRole('button', { name: 'Remove tag evening' }).click()
    await expect.poll(() => app.row('Read').textContent()).not.toContain('#evening')
  })

  test('are put in another order by keyboard and by dragging, for good', async () => {
    for (const text of ['five', 'four', 'three', 'two', 'one']) await app.add(text)
    const handle = (text: string): ReturnType<Window['row']> =>
      app.row(text).getByRole('button', { name: `Move ${text}`, exact: true })
    await handle('one').focus()
    await app.page.keyboard.press('ArrowDown')
    await expect.poll(app.texts).toEqual(['two', 'one', 'three', 'four', 'five'])
    // The focus goes along.
    await app.page.keyboard.press('End')
    await expect.poll(app.texts).toEqual(['two', 'three', 'four', 'five', 'one'])
    await app.page.keyboard.press('Home')
    await expect.poll(app.texts).toEqual(['one', 'two', 'three', 'four', 'five'])

    const from = (await handle('five').boundingBox())!
    const to = (await app.row('two').boundingBox())!
    await app.page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
    await app.page.mouse.down()
    await app.page.mouse.move(to.x + 10, to.y + 40, { steps: 5 })
    await app.page.mouse.move(to.x + 10, to.y + 4, { steps: 5 })
    await app.page.mouse.up()
    await expect.poll(app.texts).toEqual(['one', 'five', 'two', 'three', 'four'])
    await reload()
    await expect.poll(app.texts).toEqual(['one', 'five', 'two', 'three', 'four'])
  })
})

describe('the app', () => {
  test('is light or dark as the system is, or as was chosen, for good', async () => {
    const background = (): Promise<string> =>
      app.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    await app.page.emulateMedia({ colorScheme: 'light' })
    const light = await background()
    await app.page.emulateMedia({ colorScheme: 'dark' })
    const dark = await background()
    expect(dark).not.toBe(light)
    await app.page.getByRole('button', { name: 'Menu', exact: true }).click()
    await app.page.getByRole('radio', { name: 'Light' }).check({ force: true })
    await expect.poll(background).toBe(light)
    await reload()
    expect(await background()).toBe(light)
  })

  test('fits a telephone: nothing is wider than 360 pixels', async () => {
    await app.add(
      'A todo with a text that is quite long and has a verylongwordthatcannotbebrokenanywhereatall in it',
    )
    await app.page.setViewportSize({ width: 360, height: 740 })
    const overflow = (): Promise<number> =>
      app.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    await expect.poll(overflow).toBeLessThanOrEqual(0)
    await app.openPanel()
    expect(await overflow()).toBeLessThanOrEqual(0)
  })

  test('helps with sample todos, and by shortcuts', async () => {
    await app.page.getByRole('button', { name: 'Add 50 sample todos' }).click()
    await expect.poll(() => filter('All').innerText()).toMatch(/50/)
    await app.page.keyboard.press('Control+k')
    const focused = (): Promise<string | undefined> =>
      app.page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.type)
    await expect.poll(focused).toBe('search')
    await app.page.keyboard.press('Control+j')
    await expect.poll(() => app.entry.evaluate((field) => field === document.activeElement)).toBe(true)
  })
})
