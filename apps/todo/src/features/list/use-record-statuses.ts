import type { RecordStatus } from '@synclayer/core'
import { useSyncLayer, useSyncStatus } from '@synclayer/react'
import { useEffect, useState } from 'react'
import type { Todo } from '../../model/todo.ts'

const NONE: ReadonlyMap<string, RecordStatus> = new Map()

/** Rows that are scrolled by are not worth asking for. */
const SETTLE_MS = 60

/** How far the todos that are seen are on their way to the server; those that are there already are left out. */
export function useRecordStatuses(seen: readonly Todo[]): ReadonlyMap<string, RecordStatus> {
  const db = useSyncLayer()
  const { pending, parked } = useSyncStatus()
  const [statuses, setStatuses] = useState(NONE)
  const isAllSynced = pending + parked === 0
  useEffect(() => {
    if (isAllSynced) return
    let isOver = false
    const todos = db.collection('todos')
    const read = async (): Promise<void> => {
      const found = await Promise.all(
        seen.map(async ({ id }): Promise<[string, RecordStatus]> => [id, await todos.status(id)]),
      )
      if (!isOver) setStatuses(new Map(found.filter(([, status]) => status !== 'synced')))
    }
    // A store that fails says so elsewhere; the marks stay as they are.
    const timer = setTimeout(() => void read().catch(() => undefined), SETTLE_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [db, seen, pending, parked, isAllSynced])
  return isAllSynced ? NONE : statuses
}
