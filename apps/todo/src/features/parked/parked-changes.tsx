import type { OutboxItem } from '@synclayer/core'
import { useOutbox, useSyncLayer } from '@synclayer/react'
import { type ReactElement, useState } from 'react'
import { explainCode } from '../../model/explain-error.ts'
import { useAttempt } from '../../notices/use-attempt.ts'
import { tellItem } from '../sync/tell-item.ts'

/** Changes the server refused for good. They hold up nothing, and wait here for the user; nothing where there are none. */
export function ParkedChanges(): ReactElement | null {
  const { data: items } = useOutbox()
  const parked = items?.filter(({ status }) => status === 'parked') ?? []
  if (parked.length === 0) return null
  return (
    <section className="card" data-kind="attention" aria-labelledby="parked-title">
      <h3 id="parked-title">Refused by the server</h3>
      <ul className="plain-list">
        {parked.map((item) => (
          <ParkedChange key={item.id} item={item} />
        ))}
      </ul>
    </section>
  )
}

function ParkedChange({ item }: { readonly item: OutboxItem }): ReactElement {
  const { outbox } = useSyncLayer()
  const attempt = useAttempt()
  const [isSure, setIsSure] = useState(false)
  const { title, advice } = explainCode(item.code ?? 'UNKNOWN')

  return (
    <li data-outbox-id={item.id}>
      <span className="item-text">{tellItem(item)}</span>
      <span className="item-note">
        {title}. {advice}
        {item.reason !== undefined && item.reason !== '' && <q>{item.reason}</q>} <code>{item.code}</code>
      </span>
      <div className="actions">
        <button type="button" onClick={() => void attempt(() => outbox.retry(item.id), 'It is sent again')}>
          Try again
        </button>
        {isSure ? (
          <button
            type="button"
            className="danger"
            onClick={() => void attempt(() => outbox.discard(item.id), 'The change is taken back')}
            onBlur={() => setIsSure(false)}
          >
            Really discard it
          </button>
        ) : (
          <button type="button" className="quiet" onClick={() => setIsSure(true)}>
            Discard my change
          </button>
        )}
      </div>
    </li>
  )
}
