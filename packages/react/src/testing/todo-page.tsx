/** A page that uses every hook that servers can render. */
import type { ReactElement } from 'react'
import { SyncLayerProvider, useSyncLayer } from '../provider.ts'
import { useOutbox } from '../use-outbox.ts'
import { useDocument, useQuery } from '../use-query.ts'
import { useSyncStatus } from '../use-sync-status.ts'
import { MILK, type TodoClient } from './todo-app.ts'

export function TodoPage({ client }: { readonly client: TodoClient }): ReactElement {
  return (
    <SyncLayerProvider client={client}>
      <Everything />
    </SyncLayerProvider>
  )
}

function Everything(): ReactElement {
  const todos = useSyncLayer<TodoClient>().collection('todos')
  const { data = [], loading } = useQuery(todos)
  const milk = useDocument(todos, MILK.id)
  const { pending } = useSyncStatus()
  const outbox = useOutbox()
  const texts = loading ? 'loading' : data.map(({ text }) => text).join(', ')
  return (
    <p>
      {texts}; {milk.data?.text ?? 'no milk'}; {pending} pending; {outbox.data?.length ?? 'none'} listed
    </p>
  )
}
