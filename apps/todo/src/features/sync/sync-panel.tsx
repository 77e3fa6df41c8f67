import { type ReactElement, useEffect, useRef } from 'react'
import { ConflictInbox } from '../conflicts/conflict-inbox.tsx'
import { ParkedChanges } from '../parked/parked-changes.tsx'
import { Icon } from '../../ui/icons.tsx'
import { SyncOverview } from './sync-overview.tsx'
import { WaitingChanges } from './waiting-changes.tsx'

/** All there is to know about syncing, beside the list. */
export function SyncPanel({ onClose }: { readonly onClose: () => void }): ReactElement {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current!.focus(), [])
  return (
    <aside
      id="sync-panel"
      className="sync-panel"
      aria-labelledby="sync-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header>
        <h2 id="sync-title" ref={title} tabIndex={-1}>
          Sync
        </h2>
        <button type="button" className="icon-button" aria-label="Close the sync panel" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <SyncOverview />
      <ParkedChanges />
      <ConflictInbox />
      <WaitingChanges />
    </aside>
  )
}
