import { useOutbox } from '@synclayer/react'
import type { ReactElement } from 'react'
import { useNow } from '../../ui/use-now.ts'
import { tellItem } from './tell-item.ts'

const SHOWN = 20

/** What is on its way to the server, or waits for it; nothing where nothing is. */
export function WaitingChanges(): ReactElement | null {
  const { data: items } = useOutbox()
  const now = useNow(1_000)
  const waiting = items?.filter(({ status }) => status !== 'parked') ?? []
  if (waiting.length === 0) return null
  return (
    <section className="card" aria-labelledby="waiting-title">
      <h3 id="waiting-title">Not sent yet</h3>
      <ul className="plain-list">
        {waiting.slice(0, SHOWN).map((item) => {
          const waitMs = (item.nextAttemptAt ?? 0) - now
          return (
            <li key={item.id} data-outbox-id={item.id}>
              <span className="item-text">{tellItem(item)}</span>
              {item.attempts > 0 && (
                <span className="item-note">
                  Tried {item.attempts === 1 ? 'once' : `${item.attempts} times`}
                  {waitMs > 0 && `, again in ${Math.ceil(waitMs / 1000)} s`}
                </span>
              )}
            </li>
          )
        })}
      </ul>
      {waiting.length > SHOWN && <p>and {(waiting.length - SHOWN).toLocaleString()} more</p>}
    </section>
  )
}
