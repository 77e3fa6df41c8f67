import { createComponent, createEffect, createSignal, For, type JSX } from 'solid-js'
import { render } from 'solid-js/web'
import { exposeRecipe } from './recipe-page.ts'
import { createLive, createSyncStatus } from './create-live-solid.ts'

exposeRecipe((place, { watch, status: live }) => {
  const [done, setDone] = createSignal(false)
  const TodoList = (): JSX.Element => {
    const todos = createLive(() => watch(done()))
    const row = (todo: { readonly text: string }): Element => {
      const element = document.createElement('li')
      element.textContent = todo.text
      return element
    }
    const status = createSyncStatus(live)
    const note = document.createElement('p')
    createEffect(() => (note.textContent = `${status().pending} pending`))
    const list = createComponent(For, {
      get each() {
        return todos.data() ?? []
      },
      get fallback() {
        return todos.error() === undefined ? '' : '!'
      },
      children: row,
    })
    return [note, list]
  }
  return { choose: setDone, unmount: render(() => createComponent(TodoList, {}), place) }
})
