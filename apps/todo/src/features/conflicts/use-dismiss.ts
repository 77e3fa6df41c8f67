import type { TodoDatabase } from '../../model/collections.ts'
import type { ConflictEntry } from '../../model/conflict-entry.ts'
import { useAttempt } from '../../notices/use-attempt.ts'
import { useServices } from '../../services.ts'

/** Takes conflicts out of the inbox. It can be undone: what was not kept is nowhere else. */
export function useDismiss(db: TodoDatabase): (entries: readonly ConflictEntry[]) => Promise<void> {
  const { notices } = useServices()
  const attempt = useAttempt()
  return async (entries) => {
    const inbox = db.collection('conflicts')
    if (!(await attempt(() => inbox.deleteAll(entries.map(({ id }) => id))))) return
    const text = entries.length === 1 ? 'Dismissed' : `Dismissed ${entries.length.toLocaleString()} conflicts`
    const run = (): void => void attempt(() => inbox.saveAll(entries))
    notices.show({ kind: 'done', text, action: { label: 'Undo', run } })
  }
}
