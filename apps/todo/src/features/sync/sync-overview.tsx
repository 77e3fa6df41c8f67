import { useSyncLayer, useSyncStatus } from '@synclayer/react'
import { type ReactElement, useState } from 'react'
import { keptLastSync } from '../../database/last-sync.ts'
import { useStoreLock } from '../../database/store-lock-context.ts'
import { useAttempt } from '../../notices/use-attempt.ts'
import { useServices, useStore } from '../../services.ts'
import { useNow } from '../../ui/use-now.ts'
import { useOnline } from '../../ui/use-online.ts'
import { describeStatus, tellAgo } from './describe-status.ts'

/** How it goes, when it last went well, and what the user can do about it. */
export function SyncOverview(): ReactElement {
  const db = useSyncLayer()
  const status = useSyncStatus()
  const { connection, notices } = useServices()
  const attempt = useAttempt()
  const wanted = useStore(connection)
  const now = useNow(15_000)
  const { tone, label, detail } = describeStatus(status, useOnline())
  const lastSyncAt = status.lastSyncAt ?? keptLastSync(useStoreLock().name)
  const [isAsked, setIsAsked] = useState(false)

  const syncNow = async (): Promise<void> => {
    setIsAsked(true)
    await attempt(async () => {
      const { pushed, pulled } = await db.sync()
      notices.show({ kind: 'done', text: `Synced: ${pushed} sent, ${pulled} received` })
    })
    setIsAsked(false)
  }
  return (
    <section className="card" aria-labelledby="overview-title">
      <h3 id="overview-title" data-tone={tone}>
        {label}
      </h3>
      <p>{detail}</p>
      <dl className="facts">
        <div>
          <dt>Last sync</dt>
          <dd>
            {lastSyncAt === null ? (
              'never'
            ) : (
              <time dateTime={new Date(lastSyncAt).toISOString()}>{tellAgo(lastSyncAt, now)}</time>
            )}
          </dd>
        </div>
        <div>
          <dt>Not sent yet</dt>
          <dd>{status.pending.toLocaleString()}</dd>
        </div>
        <div>
          <dt>Refused</dt>
          <dd>{status.parked.toLocaleString()}</dd>
        </div>
      </dl>
      <div className="actions">
        <label className="switch">
          <input
            type="checkbox"
            role="switch"
            checked={wanted === 'offline'}
            onChange={(event) => connection.set(event.target.checked ? 'offline' : 'online')}
          />
          <span>Work offline</span>
        </label>
        <button type="button" disabled={isAsked || wanted === 'offline'} onClick={() => void syncNow()}>
          Sync now
        </button>
      </div>
    </section>
  )
}
