/** What the tests in a real browser ask of a page with the hooks. */
import { expose } from '@synclayer/browser-lab/page'
import { StrictMode } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { countLiveQueries, type LiveCount } from './count-live-queries.ts'
import { changeOneRow, type RowsReport } from './rows.tsx'
import { lookForTearing, type TearingReport } from './tearing.tsx'
import { MILK, openTodoClient } from './todo-app.ts'
import { TodoPage } from './todo-page.tsx'

export interface HooksPage {
  readonly mountStrictly: () => Promise<LiveCount & { readonly text: string | null }>
  /** Takes over the markup within #root; gives what is shown then. */
  readonly hydrate: () => Promise<string | null>
  readonly lookForTearing: (reader: 'hook' | 'naive') => Promise<TearingReport>
  readonly changeOneRow: (rows: number) => Promise<RowsReport>
}

/** Resolves as soon as the element holds the text. */
async function shows(element: Element, text: string): Promise<void> {
  if (element.textContent.includes(text)) return
  await new Promise<void>((resolve) => {
    const observer = new MutationObserver(() => {
      if (!element.textContent.includes(text)) return
      observer.disconnect()
      resolve()
    })
    observer.observe(element, { childList: true, characterData: true, subtree: true })
  })
}

expose<HooksPage>({
  async mountStrictly() {
    const client = await openTodoClient()
    await client.collection('todos').save(MILK)
    const count = countLiveQueries(client)
    const container = document.createElement('div')
    const root = createRoot(container)
    root.render(
      <StrictMode>
        <TodoPage client={client} />
      </StrictMode>,
    )
    await shows(container, '1 listed')
    const report = { ...count, text: container.textContent }
    root.unmount()
    return report
  },

  async hydrate() {
    const client = await openTodoClient()
    await client.collection('todos').save(MILK)
    const container = document.getElementById('root')!
    hydrateRoot(container, <TodoPage client={client} />)
    await shows(container, '1 listed')
    return container.textContent
  },

  lookForTearing,
  changeOneRow,
})
