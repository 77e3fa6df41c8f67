/** A long list of which one row changes. */
import { memo, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { useQuery } from '../use-query.ts'
import { openTodoClient, type Todo } from './todo-app.ts'

export interface RowsReport {
  /** Rows rendered to show the list at first. */
  readonly first: number
  /** Rows rendered for one change. */
  readonly changed: number
}

export async function changeOneRow(rows: number): Promise<RowsReport> {
  const client = await openTodoClient()
  const todos = client.collection('todos')
  await todos.saveAll(
    Array.from({ length: rows }, (_, n) => ({ id: `${n}`.padStart(6, '0'), text: `Todo ${n}`, done: false })),
  )
  let rendered = 0
  const Row = memo(({ todo }: { readonly todo: Todo }): ReactElement => {
    rendered += 1
    return <li>{todo.text}</li>
  })
  const List = (): ReactElement => (
    <ul>
      {useQuery(todos).data?.map((todo) => (
        <Row key={todo.id} todo={todo} />
      ))}
    </ul>
  )
  const container = document.createElement('div')
  const root = createRoot(container)
  const mutated = (): Promise<void> =>
    new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (container.querySelector('li') === null) return
        observer.disconnect()
        resolve()
      })
      observer.observe(container, { childList: true, characterData: true, subtree: true })
    })
  const shown = mutated()
  root.render(<List />)
  await shown
  const first = rendered
  const changed = mutated()
  await todos.update(`${rows / 2}`.padStart(6, '0'), { text: 'Changed' })
  await changed
  root.unmount()
  await client.close()
  return { first, changed: rendered - first }
}
