/** The part of the pages that all recipes share: a list of todos, what it shows over time, and what it leaves open. */
import { collection, createSyncLayer, type LiveQuery, type LiveStatus } from '@synclayer/core'
import { expose } from '../../../tooling/browser-lab/src/page.ts'

export interface Todo {
  readonly id: string
  readonly text: string
  readonly done: boolean
}

export interface RecipeReport {
  /** Every text the list has shown, from before it was loaded on. */
  readonly shown: readonly string[]
  /** Whether the row of a document that did not change is still the same element. */
  readonly keptRow: boolean
  /** The texts of all `<p>`, at the end. */
  readonly notes: readonly string[]
  /** Live queries open before and after the list is gone. */
  readonly open: readonly number[]
}

export interface RecipePage {
  readonly run: () => Promise<RecipeReport>
}

export interface RecipeData {
  readonly watch: (done: boolean) => LiveQuery<readonly Todo[]>
  /** All todos. */
  readonly all: LiveQuery<readonly Todo[]>
  readonly status: LiveStatus
}

/** What a framework has to do: show `<li>` for each todo of `watch(done)`, beginning with false, and `<p>` for the status. */
export type MountRecipe = (
  place: Element,
  data: RecipeData,
) => { readonly choose: (done: boolean) => void; readonly unmount: () => void }

export function exposeRecipe(mount: MountRecipe): void {
  expose<RecipePage>({ run: () => runRecipe(mount) })
}

async function runRecipe(mount: MountRecipe): Promise<RecipeReport> {
  const db = await createSyncLayer({ collections: { todos: collection<Todo>() } })
  const todos = db.collection('todos')
  await todos.saveAll([
    { id: 'a', text: 'milk', done: false },
    { id: 'b', text: 'bread', done: true },
  ])
  let open = 0
  const watch = (done: boolean): LiveQuery<readonly Todo[]> => {
    const live = todos.where('done', '==', done).watch()
    open += 1
    const close = (): void => {
      open -= 1
      live.close()
    }
    return Object.create(live, { close: { value: close } }) as typeof live
  }

  const place = document.createElement('div')
  const shown: string[] = ['']
  let wake: () => void = () => undefined
  new MutationObserver(() => {
    const text = Array.from(place.querySelectorAll('li'), (row) => row.textContent).join()
    if (text !== shown.at(-1)) shown.push(text)
    wake()
  }).observe(place, { childList: true, characterData: true, subtree: true })
  const shows = async (text: string): Promise<void> => {
    while (shown.at(-1) !== text) await new Promise<void>((resolve) => (wake = resolve))
  }

  const app = mount(place, { watch, all: todos.watch(), status: db.status })
  await shows('milk')
  const row = place.querySelector('li')
  await todos.save({ id: 'c', text: 'tea', done: false })
  await shows('milk,tea')
  const keptRow = place.querySelector('li') === row
  app.choose(true)
  await shows('bread')
  const before = open
  const notes = Array.from(place.querySelectorAll('p'), (note) => note.textContent)
  app.unmount()
  // Frameworks may clean up a moment later.
  await new Promise((resolve) => setTimeout(resolve))
  await db.close()
  return { shown, keptRow, notes, open: [before, open] }
}
