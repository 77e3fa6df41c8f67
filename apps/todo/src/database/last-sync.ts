/** When a store was last in step with the server, also over reloads: the engine tells it of the open client alone. */
import type { TodoDatabase } from '../model/collections.ts'

/** Milliseconds since 1970; null: never, or it is not known. */
export function keptLastSync(store: string): number | null {
  const text = localStorage.getItem(keyOf(store))
  return text !== null && /^\d+$/.test(text) ? Number(text) : null
}

export function keepLastSync(db: TodoDatabase, store: string): void {
  db.status.subscribe(({ lastSyncAt }) => {
    if (lastSyncAt !== null && lastSyncAt !== keptLastSync(store))
      localStorage.setItem(keyOf(store), String(lastSyncAt))
  })
}

export function forgetLastSync(store: string): void {
  localStorage.removeItem(keyOf(store))
}

function keyOf(store: string): string {
  return `synclayer-todo/last-sync/${store}`
}
