import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bringAxe, findings } from './axe.ts'
import { createTodoLab, type Device, enterName, type TodoLab, type Window } from './todo-lab.ts'

let lab: TodoLab
let device: Device
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())
beforeEach(async () => {
  device = await lab.device()
  await bringAxe(device.context)
})
afterEach(() => lab.end())

async function withTodos(): Promise<Window> {
  const app = await device.signIn(lab.newName())
  await app.add('Pay rent #home !high @2020-01-01', 'Pay rent')
  await app.add('Call Grace #work !low @2031-05-01', 'Call Grace')
  await app.add('Read')
  await app.complete('Read')
  await app.settled()
  return app
}

/** Says of the element with the focus what a screen reader would, and whether it looks as if it had it. */
function focused(page: Page): Promise<{ readonly name: string; readonly isVisible: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement ?? document.body
    const label = (element as HTMLInputElement).labels?.[0]?.textContent
    const name = element.getAttribute('aria-label') ?? label ?? element.textContent
    // Of a radio button that is not drawn itself, what stands for it is marked.
    const marked = [element, element.nextElementSibling, element.parentElement].some((one) => {
      if (one === null) return false
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
    })
    return { name: element === document.body ? '' : name.replace(/\s+/g, ' ').trim(), isVisible: marked }
  })
}

describe('nothing is wrong, in light and dark, on a screen and on a telephone, with', () => {
  test('signing in, also where the name is refused', async () => {
    const { page } = await device.open()
    expect(await findings(page)).toEqual([])
    await enterName(page, '-')
    await page.getByRole('alert').filter({ hasText: 'name' }).waitFor()
    expect(await findings(page)).toEqual([])
  })

  test('an empty list', async () => {
    const app = await device.signIn(lab.newName())
    await app.settled()
    expect(await findings(app.page)).toEqual([])
  })

  test('the list, its details, an editor, a filter that leaves nothing', async () => {
    const app = await withTodos()
    expect(await findings(app.page)).toEqual([])
    await app.row('Pay rent').getByRole('button', { name: 'Details of Pay rent' }).click()
    await app.page.getByRole('group', { name: 'Details of Pay rent' }).waitFor()
    expect(await findings(app.page)).toEqual([])
    await app.row('Read').getByRole('button', { name: 'Edit Read' }).click()
    await app.list.getByRole('textbox', { name: 'Edit todo' }).waitFor()
    expect(await findings(app.page)).toEqual([])
    await app.page.getByLabel('Search todos').fill('nothing of the kind')
    await app.page.getByRole('button', { name: 'Show all todos' }).waitFor()
    expect(await findings(app.page)).toEqual([])
  })

  test('the menu, a notice, and both dialogs of signing out', async () => {
    const app = await withTodos()
    await app.page.getByRole('button', { name: 'Menu', exact: true }).click()
    expect(await findings(app.page)).toEqual([])
    await app.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    const dialog = app.page.getByRole('dialog')
    await dialog.waitFor()
    expect(await findings(app.page)).toEqual([])
    await dialog.getByRole('button', { name: 'Stay signed in' }).click()
    await app.remove('Read')
    await app.page.getByRole('button', { name: 'Undo' }).waitFor()
    expect(await findings(app.page)).toEqual([])
    await device.context.setOffline(true)
    await app.add('Not sent')
    await app.choose('Sign out')
    await dialog.getByRole('button', { name: 'Export a file' }).waitFor()
    expect(await findings(app.page)).toEqual([])
  })

  test('the panel: all sent, and offline with what waits', async () => {
    const app = await withTodos()
    await app.openPanel()
    expect(await findings(app.page)).toEqual([])
    await device.context.setOffline(true)
    await app.add('Not sent')
    await app.panel.getByRole('region', { name: 'Not sent yet' }).waitFor()
    expect(await findings(app.page)).toEqual([])
  })

  test('conflicts and refused changes', async () => {
    await device.context.route('**/sync/push', (route) => {
      const { mutations } = route.request().postDataJSON() as { mutations: { id: string }[] }
      if (!JSON.stringify(mutations).includes('Forbidden')) return route.fallback()
      const refusal = { status: 'rejected', code: 'FORBIDDEN', reason: 'Not in this house' }
      return route.fulfill({
        json: { results: mutations.map(({ id }) => ({ id, ...refusal })), serverTime: null },
      })
    })
    const name = lab.newName()
    const app = await device.signIn(name)
    await app.add('Buy milk')
    await app.settled()
    const elsewhere = await lab.device()
    const other = await elsewhere.signIn(name)
    await other.check('Buy milk').waitFor()
    await device.context.setOffline(true)
    await app.edit('Buy milk', 'Buy oat milk')
    await other.edit('Buy milk', 'Buy soy milk')
    await other.settled()
    await device.context.setOffline(false)
    await app.openPanel()
    await app.panel.getByRole('region', { name: 'Edited on two devices' }).waitFor()
    await app.add('Forbidden')
    await app.panel.getByRole('region', { name: 'Refused by the server' }).waitFor()
    expect(await findings(app.page)).toEqual([])
  })

  test('two devices side by side', async () => {
    const app = await withTodos()
    await app.choose('Second device, side by side')
    const frame = app.page.frameLocator('iframe[title="Second device"]')
    await frame.getByRole('checkbox', { name: 'Read', exact: true }).waitFor()
    expect(await findings(app.page)).toEqual([])
    const second = await device.open('/?device=second')
    await second.check('Read').waitFor()
    expect(await findings(second.page)).toEqual([])
  })

  test('a failure in place of the app', async () => {
    await device.context.addInitScript(() => {
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
    })
    const { page } = await device.open()
    await enterName(page, lab.newName())
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await findings(page)).toEqual([])
  })
})

describe('by keyboard', () => {
  test('Tab goes through everything in the order it is read, shows where it is, and is trapped nowhere', async () => {
    const { page, check, settled } = await withTodos()
    await page.reload()
    await check('Read').waitFor()
    // Until the first sync has ended the button says something else.
    await settled()
    const walk = async (key: string): Promise<readonly string[]> => {
      const names: string[] = []
      for (let step = 0; step < 40; step += 1) {
        await page.keyboard.press(key)
        const { name, isVisible } = await focused(page)
        if (name === '' || (names.length > 0 && name === names[0])) return names
        expect([name, isVisible]).toEqual([name, true])
        names.push(name)
      }
      throw new Error(`The focus never came back: ${names.join(', ')}`)
    }
    const forward = await walk('Tab')
    const steps = [
      /^Sync: All saved$/,
      /^Menu$/,
      /^New todo$/,
      /^All 3$/,
      /^Open 2$/,
      /^Done 1$/,
      /Search todos/,
      /^Tag/,
    ]
    const row = ['Move', '', 'Edit', 'Delete', 'Details of'].map((what) => `${what} Read`.trim())
    const expected = [...steps, /^Sort by/, /^Clear done$/, ...row]
    expect(forward).toEqual(
      expected.map((one) => (typeof one === 'string' ? one : (expect.stringMatching(one) as string))),
    )
    const backward = await walk('Shift+Tab')
    expect(backward).toEqual(forward.toReversed())
  })

  test('the arrow keys go through the rows, and Space completes what has the focus', async () => {
    const app = await withTodos()
    await app.check('Read').focus()
    await app.page.keyboard.press('ArrowDown')
    expect((await focused(app.page)).name).toBe('Call Grace')
    await app.page.keyboard.press('End')
    expect((await focused(app.page)).name).toBe('Pay rent')
    await app.page.keyboard.press('Space')
    await app.row('Pay rent').and(app.page.locator('[data-done=true]')).waitFor()
    expect((await focused(app.page)).name).toBe('Pay rent')
  })

  test('the dialog keeps the focus, Escape closes it, and so it does the panel, whose button has it then', async () => {
    const app = await withTodos()
    await app.choose('Sign out')
    const dialog = app.page.getByRole('dialog')
    await dialog.waitFor()
    for (let step = 0; step < 6; step += 1) {
      await app.page.keyboard.press('Tab')
      const isOutside = await app.page.evaluate(() => {
        const { activeElement } = document
        return activeElement !== document.body && activeElement?.closest('dialog') === null
      })
      expect(isOutside).toBe(false)
    }
    await app.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await app.syncButton.focus()
    await app.page.keyboard.press('Enter')
    await app.panel.waitFor()
    await app.page.keyboard.press('Escape')
    await app.panel.waitFor({ state: 'detached' })
    expect((await focused(app.page)).name).toMatch(/^Sync:/)
  })

  test('what happens is said by live regions', async () => {
    const app = await withTodos()
    await app.remove('Read')
    const notices = app.page.getByRole('status', { name: 'Notices' })
    await expect.poll(() => notices.textContent()).toContain('Deleted “Read”')
    await app.row('Pay rent').getByRole('button', { name: 'Move Pay rent' }).focus()
    await app.page.keyboard.press('Home')
    const said = app.page.locator('[aria-live=polite]')
    await expect.poll(() => said.allTextContents()).toContain('Pay rent: moved to position 1 of 2')
    await app.page.getByLabel('Search todos').fill('rent')
    await expect.poll(() => said.allTextContents()).toContain('1 todo shown')
  })
})
