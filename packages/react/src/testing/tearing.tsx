/**
 * Many slow components show one value, and the store commits while a transition renders them. In no commit of React's may
 * two of them show different values.
 */
import type { LiveQuery } from '@synclayer/core'
import { type ReactElement, startTransition, useEffect, useReducer, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { documentQuestion } from '../questions.ts'
import { sharedQuery } from '../shared-query.ts'
import { useDocument } from '../use-query.ts'
import { openTodoClient, type Todo, type TodoClient } from './todo-app.ts'

export interface TearingReport {
  /** What React committed. */
  readonly commits: number
  /** Of these, those in which components showed different values. */
  readonly torn: number
  /** Renderings of all components during which the store changed. */
  readonly overtaken: number
}

const CELLS = 40
const CELL_MS = 1
const ROUNDS = 4
/** The store commits while the cells with these numbers are rendered, once for each transition. */
const SAVING_CELLS = [8, 16, 24]

/** `naive` reads the live query in the render, as an app without these hooks might; it shows that tearing is found. */
export async function lookForTearing(reader: 'hook' | 'naive'): Promise<TearingReport> {
  const client = await openTodoClient()
  const total = { commits: 0, torn: 0, overtaken: 0 }
  // Loaded before anything is rendered, so that all components find a value at once.
  const shared = sharedQuery(documentQuestion(client.collection('todos'), 'counter'))
  const release = shared.subscribe(() => undefined)
  await shared.settled()
  for (let round = 0; round < ROUNDS; round += 1) await lookOnce(client, reader, total)
  release()
  await client.close()
  return total
}

async function lookOnce(
  client: TodoClient,
  reader: 'hook' | 'naive',
  total: { commits: number; torn: number; overtaken: number },
): Promise<void> {
  const todos = client.collection('todos')
  const live = todos.watch('counter')
  let saved = 0
  const save = (): Promise<string> => todos.save({ id: 'counter', text: `${++saved}`, done: false })
  await save()
  const useText = reader === 'hook' ? () => useDocument(todos, 'counter').data?.text : () => useNaive(live)

  let toSave = new Set<number>()
  let textAtFirst: string | undefined
  const Cell = ({ index }: { readonly index: number }): ReactElement => {
    const text = useText()
    const until = performance.now() + CELL_MS
    while (performance.now() < until);
    if (index === 0) textAtFirst = live.current?.text
    if (toSave.delete(index)) void save()
    if (index === CELLS - 1 && live.current?.text !== textAtFirst) total.overtaken += 1
    return <b>{text}</b>
  }

  let rendered: () => void = () => undefined
  let again: () => void = () => undefined
  const Grid = (): ReactElement => {
    const [turn, setTurn] = useState(0)
    again = () => setTurn((before) => before + 1)
    useEffect(() => rendered(), [turn])
    const cells = Array.from({ length: CELLS }, (_, index) => <Cell key={index} index={index} />)
    return <div>{cells}</div>
  }
  const transition = (begin: () => void): Promise<void> =>
    new Promise((resolve) => {
      toSave = new Set(SAVING_CELLS)
      rendered = resolve
      startTransition(begin)
    })

  const container = document.createElement('div')
  const observer = new MutationObserver(() => {
    total.commits += 1
    const texts = new Set(Array.from(container.querySelectorAll('b'), ({ textContent }) => textContent))
    if (texts.size > 1) total.torn += 1
  })
  observer.observe(container, { childList: true, characterData: true, subtree: true })
  const root = createRoot(container)
  await transition(() => root.render(<Grid />))
  await transition(() => again())
  observer.disconnect()
  root.unmount()
  live.close()
}

function useNaive(live: LiveQuery<Readonly<Todo> | undefined>): string | undefined {
  const [, update] = useReducer((count: number) => count + 1, 0)
  useEffect(() => live.subscribe(update), [live])
  return live.current?.text
}
