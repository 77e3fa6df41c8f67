import { isSyncError, type SyncError } from '@synclayer/core'
import { SyncLayerProvider } from '@synclayer/react'
import { type ReactElement, type ReactNode, useEffect, useState } from 'react'
import { openDatabase, storeName } from '../../database/open-database.ts'
import { holdStore, type StoreLock } from '../../database/store-lock.ts'
import { StoreLockProvider } from '../../database/store-lock-context.ts'
import type { TodoDatabase } from '../../model/collections.ts'
import { type Explanation, explainError, isOutdated, OUTDATED } from '../../model/explain-error.ts'
import { tellFailure } from '../../notices/tell-failure.ts'
import { type Services, useServices } from '../../services.ts'
import type { Session } from '../../session/session-store.ts'
import { createTodoActions, type TodoActions, TodoActionsProvider } from '../list/todo-actions.ts'
import { FailurePage } from '../../ui/failure-page.tsx'

export interface DatabaseGateProps {
  readonly session: Session
  readonly children: ReactNode
}

interface OpenStore {
  readonly db: TodoDatabase
  readonly lock: StoreLock
  readonly actions: TodoActions
}

type Opening =
  | { readonly state: 'opening' }
  | ({ readonly state: 'open' } & OpenStore)
  | { readonly state: 'failed'; readonly problem: Explanation }
  /** Opened from here, it would be taken from the newer version. */
  | { readonly state: 'outdated' }

/** Opens the store of whoever is signed in, for what is inside, and closes it when another signs in. */
export function DatabaseGate({ session, children }: DatabaseGateProps): ReactElement | null {
  const services = useServices()
  const [opening, setOpening] = useState<Opening>({ state: 'opening' })
  const [attempt, setAttempt] = useState(0)
  const { name } = session
  useEffect(() => {
    if (services.outdated.get()) {
      setOpening({ state: 'outdated' })
      return
    }
    let isOver = false
    const { device, sessions, connection } = services
    const lock = holdStore(storeName(name, device))
    const opened = openDatabase({ session, device, sessions, connection })
    opened.then(
      (db) => {
        if (isOver) return
        const failed = (error: unknown): void => {
          if (isOver) return
          if (!isStoreGone(error)) return tellFailure(services, error)
          tellStoreGone(services)
          // Opened again it fills from the server.
          setAttempt((count) => count + 1)
        }
        watchStorage(db, failed)
        const actions = createTodoActions(db, services.notices, { now: () => Date.now(), failed })
        setOpening({ state: 'open', db, lock, actions })
      },
      (error: unknown) => {
        if (isOver) return
        if (isOutdated(error)) setOpening({ state: 'outdated' })
        else setOpening({ state: 'failed', problem: explainError(error) })
      },
    )
    const close = (): void => {
      void opened
        .then((db) => db.close())
        .catch(() => undefined)
        .finally(() => lock.release())
    }
    // It syncs no more: the tab with the newer version does. What is shown stays.
    const stop = services.outdated.subscribe(close)
    return () => {
      isOver = true
      stop()
      close()
    }
    // A renewed token is the same session.
  }, [services, name, attempt])

  if (opening.state === 'open') {
    return (
      <StoreLockProvider value={opening.lock}>
        <SyncLayerProvider client={opening.db}>
          <TodoActionsProvider value={opening.actions}>{children}</TodoActionsProvider>
        </SyncLayerProvider>
      </StoreLockProvider>
    )
  }
  if (opening.state === 'opening') return null
  if (opening.state === 'outdated') {
    const problem: Explanation = { code: 'STORAGE_FAILED', ...OUTDATED }
    return <FailurePage problem={problem} retryLabel="Reload" onRetry={() => location.reload()} />
  }
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

/** Tells what goes wrong with the store while nobody waits for it. What the network does, the sync button tells. */
function watchStorage(db: TodoDatabase, failed: (error: unknown) => void): void {
  const hear = ({ error }: { readonly error: SyncError }): void => {
    if (error.code.startsWith('STORAGE_')) failed(error)
  }
  db.on('error', hear)
  db.on('syncFailed', hear)
}

function tellStoreGone({ notices }: Services): void {
  const detail = 'Everything the server has comes back by itself.'
  notices.show({ kind: 'failure', text: 'The browser has cleared what was stored here', detail })
}

/** The user, or the browser for want of room, removed the store while it was open. */
function isStoreGone(error: unknown): boolean {
  return isSyncError(error, 'STORAGE_FAILED') && error.details['deleted'] === true
}
