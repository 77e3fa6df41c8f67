import { useQuery, useSyncLayer } from '@synclayer/react'
import type { ReactElement } from 'react'
import { useNow } from '../../ui/use-now.ts'
import { ConflictCard } from './conflict-card.tsx'
import { useDismiss } from './use-dismiss.ts'

/** What was edited on two devices at once, both sides, and what was kept; nothing where there was nothing. */
export function ConflictInbox(): ReactElement | null {
  const db = useSyncLayer()
  const now = useNow(30_000)
  const dismiss = useDismiss(db)
  const { data: entries } = useQuery(db.collection('conflicts').orderBy('at', 'desc'))
  if (entries === undefined || entries.length === 0) return null
  return (
    <section className="card" aria-labelledby="conflicts-title">
      <div className="card-head">
        <h3 id="conflicts-title">Edited on two devices</h3>
        {entries.length > 1 && (
          <button type="button" className="quiet" onClick={() => void dismiss(entries)}>
            Dismiss all
          </button>
        )}
      </div>
      <ul className="plain-list conflicts">
        {entries.map((entry) => (
          <ConflictCard key={entry.id} entry={entry} now={now} onDismiss={() => void dismiss([entry])} />
        ))}
      </ul>
    </section>
  )
}
