/** How many live queries the hooks start, and close. Runs in browsers too. */
import type { TodoClient } from './todo-app.ts'

export interface LiveCount {
  /** Live queries started so far. */
  readonly started: number
  /** Live queries started and not closed. */
  readonly open: number
}

interface Watching {
  watch(this: unknown, ...id: unknown[]): { close(): void }
}

/** Counts the live queries of all clients from now on; `onEnd` is given how to stop. */
export function countLiveQueries(
  client: TodoClient,
  onEnd: (stop: () => void) => void = () => undefined,
): LiveCount {
  const count = { started: 0, open: 0 }
  const todos = client.collection('todos')
  for (const watched of [todos, todos.limit(1)]) {
    const prototype = Object.getPrototypeOf(watched) as Watching
    const watch = prototype.watch
    onEnd(() => {
      prototype.watch = watch
    })
    prototype.watch = function (this: unknown, ...id) {
      const live = watch.apply(this, id)
      count.started += 1
      count.open += 1
      const close = (): void => {
        count.open -= 1
        live.close()
      }
      return Object.create(live, { close: { value: close } }) as typeof live
    }
  }
  return count
}
