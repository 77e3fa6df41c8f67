import type { RecordStatus } from '@synclayer/core'
import type { ReactElement } from 'react'
import { Icon } from '../../ui/icons.tsx'

const TITLES = { pending: 'Not sent yet', parked: 'Refused by the server' } as const

/** Where a todo is on its way to the server, in the corner of its row: it comes and goes, and must not move the text. */
export function StatusMark({ status }: { readonly status: RecordStatus }): ReactElement | null {
  if (status === 'synced') return null
  return (
    <span className="status-mark" data-sync={status} title={TITLES[status]}>
      <Icon name={status === 'pending' ? 'clock' : 'alert'} />
      <span className="unseen">{TITLES[status]}</span>
    </span>
  )
}
