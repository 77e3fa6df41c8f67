import { type ReactElement, useEffect, useState } from 'react'
import { useServices, useStore } from '../services.ts'
import { Icon } from '../ui/icons.tsx'
import { durationOf, type Notice } from './notice-store.ts'

/** What was done and what failed, in a corner. It is read out, takes no focus, and waits while it is looked at. */
export function NoticeList(): ReactElement {
  const { notices, announcer } = useServices()
  const shown = useStore(notices)
  const announced = useStore(announcer)
  const of = (kind: Notice['kind']): readonly ReactElement[] =>
    shown
      .filter((notice) => notice.kind === kind)
      .map((notice) => <NoticeCard key={notice.id} notice={notice} />)
  return (
    <div className="notices">
      <div role="status" aria-label="Notices">
        {of('done')}
      </div>
      <div role="alert" aria-label="Problems">
        {of('failure')}
      </div>
      <p className="unseen" aria-live="polite">
        {announced}
      </p>
    </div>
  )
}

function NoticeCard({ notice }: { readonly notice: Notice }): ReactElement {
  const { notices } = useServices()
  const [isHeld, setIsHeld] = useState(false)
  const duration = durationOf(notice)
  useEffect(() => {
    if (isHeld || duration === null) return
    const timer = setTimeout(() => notices.close(notice.id), duration)
    return () => clearTimeout(timer)
  }, [isHeld, duration, notices, notice.id])
  const { action, detail, kind, text } = notice
  return (
    <div
      className="notice"
      data-kind={kind}
      onPointerEnter={() => setIsHeld(true)}
      onPointerLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      <p>
        <span>{text}</span>
        {detail !== undefined && <span className="item-note">{detail}</span>}
      </p>
      {action !== undefined && (
        <button
          type="button"
          onClick={() => {
            action.run()
            notices.close(notice.id)
          }}
        >
          {action.label}
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="Close the notice"
        onClick={() => notices.close(notice.id)}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
