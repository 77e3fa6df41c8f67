/** The app as a person uses it: by roles and names. Also for a frame with the app in it. */
import type { FrameLocator, Locator, Page } from 'playwright-core'

export interface TodoPage {
  /** The whole list of what is shown, from the top. */
  texts(): Promise<readonly string[]>
  row(text: string): Locator
  check(text: string): Locator
  readonly entry: Locator
  readonly list: Locator
  /** Says how syncing goes, and opens the panel. */
  readonly syncButton: Locator
  readonly panel: Locator
  /** Types a line and waits until it is in the list, as `text` where its marks are none of it. */
  add(line: string, text?: string): Promise<void>
  /** Completes a todo, or opens it again, and waits until that is so. */
  complete(text: string, isDone?: boolean): Promise<void>
  edit(text: string, next: string): Promise<void>
  remove(text: string): Promise<void>
  openPanel(): Promise<void>
  /** Waits until nothing is synced any more, or until it is again. */
  workOffline(isOffline: boolean): Promise<void>
  /** Does not wait for what may be tried again only later. */
  syncNow(): Promise<void>
  choose(menuItem: string): Promise<void>
  /** Resolves once everything here is on the server; rejects after a while, 30 seconds unless told. */
  settled(timeoutMs?: number): Promise<void>
  /** What syncing is at: `All saved`, `Offline`, … */
  state(): Promise<string>
}

export function todoPage(page: Page | FrameLocator): TodoPage {
  const list = page.getByRole('list', { name: 'Todos', exact: true })
  const entry = page.getByRole('textbox', { name: 'New todo' })
  const syncButton = page.getByRole('button', { name: /^Sync:/ })
  const panel = page.getByRole('complementary', { name: 'Sync' })
  const check = (text: string): Locator => list.getByRole('checkbox', { name: text, exact: true })
  const row = (text: string): Locator =>
    list.getByRole('listitem').filter({ has: page.getByRole('checkbox', { name: text, exact: true }) })
  const openPanel = async (): Promise<void> => {
    if (!(await panel.isVisible())) await syncButton.click()
    await panel.waitFor()
  }

  return {
    entry,
    list,
    syncButton,
    panel,
    check,
    row,
    openPanel,
    texts: () =>
      list
        .locator('li[data-todo-id]')
        .evaluateAll((rows) =>
          rows
            .toSorted((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
            .map((one) => one.querySelector('input[type=checkbox]')?.getAttribute('aria-label') ?? ''),
        ),
    async add(line, text = line) {
      await entry.fill(line)
      await entry.press('Enter')
      await check(text).waitFor()
    },
    async complete(text, isDone = true) {
      await check(text).click()
      await row(text)
        .and(page.locator(`[data-done=${isDone}]`))
        .waitFor()
    },
    async edit(text, next) {
      await row(text)
        .getByRole('button', { name: `Edit ${text}`, exact: true })
        .click()
      const field = list.getByRole('textbox', { name: 'Edit todo' })
      await field.fill(next)
      await field.press('Enter')
      await check(next).waitFor()
    },
    async remove(text) {
      await row(text)
        .getByRole('button', { name: `Delete ${text}`, exact: true })
        .click()
      await check(text).waitFor({ state: 'detached' })
    },
    async workOffline(isOffline) {
      await openPanel()
      await panel.getByRole('switch', { name: 'Work offline' }).setChecked(isOffline)
      const button = syncButton.filter(
        isOffline ? { hasText: 'Working offline' } : { hasNotText: 'Working offline' },
      )
      await button.waitFor()
    },
    async syncNow() {
      await openPanel()
      await panel.getByRole('button', { name: 'Sync now' }).click()
    },
    async choose(menuItem) {
      await page.getByRole('button', { name: 'Menu', exact: true }).click()
      await page.getByRole('button', { name: menuItem, exact: true }).click()
    },
    settled: (timeout = 30_000) => syncButton.filter({ hasText: 'All saved' }).waitFor({ timeout }),
    state: () => syncButton.locator('.sync-label').innerText(),
  }
}
