import { useSyncStatus } from '@synclayer/react'
import { type ReactElement, type RefObject, useEffect, useRef } from 'react'
import { useServices } from '../../services.ts'
import { Icon } from '../../ui/icons.tsx'
import { useOnline } from '../../ui/use-online.ts'
import { describeStatus, type StatusText } from './describe-status.ts'

export interface SyncButtonProps {
  readonly button: RefObject<HTMLButtonElement | null>
  readonly isOpen: boolean
  /** What asks for the user: conflicts and refused changes. */
  readonly attention: number
  readonly onClick: () => void
}

const ICON_BY_TONE = {
  fine: 'cloud',
  busy: 'cloud',
  away: 'cloudOff',
  warning: 'alert',
} as const satisfies Record<StatusText['tone'], string>

/** Says how syncing goes, and opens the panel that says more. */
export function SyncButton({ button, isOpen, attention, onClick }: SyncButtonProps): ReactElement {
  const status = useSyncStatus()
  const { tone, label } = describeStatus(status, useOnline())
  useAnnouncement(tone, label)
  return (
    <button
      ref={button}
      type="button"
      className="sync-button"
      data-tone={tone}
      data-phase={status.phase}
      aria-expanded={isOpen}
      aria-controls="sync-panel"
      onClick={onClick}
    >
      <Icon name={ICON_BY_TONE[tone]} />
      <span className="unseen">Sync: </span>
      <span className="sync-label">{label}</span>
      {status.pending > 0 && (
        <span className="badge" data-kind="pending">
          {status.pending.toLocaleString()}
          <span className="unseen"> not sent yet</span>
        </span>
      )}
      {attention > 0 && (
        <span className="badge" data-kind="attention">
          {attention}
          <span className="unseen"> to look at</span>
        </span>
      )}
    </button>
  )
}

/** Reads out what the user should know: that it no longer goes well, and that it does again; not each step of a sync. */
function useAnnouncement(tone: StatusText['tone'], label: string): void {
  const { announcer } = useServices()
  const last = useRef('')
  useEffect(() => {
    const isTrouble = tone === 'away' || tone === 'warning'
    const isWellAgain = tone === 'fine' && last.current !== ''
    if (isTrouble && last.current !== label) announcer.say(label)
    if (isWellAgain) announcer.say(label)
    if (isTrouble) last.current = label
    else if (tone === 'fine') last.current = ''
  }, [announcer, tone, label])
}
