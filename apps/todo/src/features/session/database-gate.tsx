import { SyncLayerProvider } from '@synclayer/react'
import { type ReactElement, type ReactNode, useEffect, useState } from 'react'
import { openDatabase, storeName } from '../../database/open-database.ts'
import { holdStore, type StoreLock } from '../../database/store-lock.ts'
import { StoreLockProvider } from '../../database/store-lock-context.ts'
import type { TodoDatabase } from '../../model/collections.ts'
import { type Explanation, explainError } from '../../model/explain-error.ts'
import type { NoticeStore } from '../../notices/notice-store.ts'
import { useServices } from '../../services.ts'
import type { Session } from '../../session/session-store.ts'
import { FailurePage } from '../../ui/failure-page.tsx'

export interface DatabaseGateProps {
  readonly session: Session
  readonly children: ReactNode
}

type Opening =
  | { readonly state: 'opening' }
  | { readonly state: 'open'; readonly db: TodoDatabase; readonly lock: StoreLock }
  | { readonly state: 'failed'; readonly problem: Explanation }

/** Opens the store of whoever is signed in, for what is inside, and closes it when another signs in. */
export function DatabaseGate({ session, children }: DatabaseGateProps): ReactElement | null {
  const services = useServices()
  const [opening, setOpening] = useState<Opening>({ state: 'opening' })
  const [attempt, setAttempt] = useState(0)
  const { name } = session
  useEffect(() => {
    let isOver = false
    const { device, sessions, connection } = services
    const lock = holdStore(storeName(name, device))
    const opened = openDatabase({ session, device, sessions, connection })
    opened.then(
      (db) => {
        tellStorageFailures(db, services.notices)
        if (!isOver) setOpening({ state: 'open', db, lock })
      },
      (error: unknown) => {
        if (!isOver) setOpening({ state: 'failed', problem: explainError(error) })
      },
    )
    return () => {
      isOver = true
      setOpening({ state: 'opening' })
      void opened
        .then((db) => db.close())
        .catch(() => undefined)
        .finally(() => lock.release())
    }
    // A renewed token is the same session.
  }, [services, name, attempt])

  if (opening.state === 'open') {
    return (
      <StoreLockProvider value={opening.lock}>
        <SyncLayerProvider client={opening.db}>{children}</SyncLayerProvider>
      </StoreLockProvider>
    )
  }
  if (opening.state === 'opening') return null
  return (
    <FailurePage
      problem={opening.problem}
      onRetry={() => {
        setOpening({ state: 'opening' })
        setAttempt(attempt + 1)
      }}
    />
  )
}

/** What goes wrong with the store while nobody waits for it. What the network does, the sync button tells. */
function tellStorageFailures(db: TodoDatabase, notices: NoticeStore): void {
  db.on('error', ({ error }) => {
    if (!error.code.startsWith('STORAGE_')) return
    const { title, advice } = explainError(error)
    notices.show({ kind: 'failure', text: title, detail: advice })
  })
}
