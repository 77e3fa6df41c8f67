import { useQuery, useSyncLayer, useSyncStatus } from '@synclayer/react'
import { type ReactElement, useMemo, useRef, useState } from 'react'
import { outcomeOf } from './model/conflict-entry.ts'
import { SplitView, useSplit } from './features/devices/split-view.tsx'
import { TodosSection } from './features/list/todos-section.tsx'
import { DatabaseGate } from './features/session/database-gate.tsx'
import { NeedsReload } from './features/session/needs-reload.tsx'
import { NeedsSignIn } from './features/session/needs-sign-in.tsx'
import { SignInPage } from './features/session/sign-in-page.tsx'
import { SignOut } from './features/session/sign-out.tsx'
import { UserMenu } from './features/session/user-menu.tsx'
import { SyncButton } from './features/sync/sync-button.tsx'
import { SyncPanel } from './features/sync/sync-panel.tsx'
import { NoticeList } from './notices/notice-list.tsx'
import { deviceTitle } from './platform/device.ts'
import { useServices, useStore } from './services.ts'

export function App(): ReactElement {
  const { sessions } = useServices()
  const session = useStore(sessions)
  // Who has just signed in goes on with the keyboard where a todo is typed.
  const [wasSignedIn] = useState(session !== null)
  return (
    <>
      {session === null ? (
        <SignInPage />
      ) : (
        // Another user is another store: nothing of the one before is kept.
        <DatabaseGate key={session.name} session={session}>
          <Workspace name={session.name} isFresh={!wasSignedIn} />
        </DatabaseGate>
      )}
      <NoticeList />
    </>
  )
}

interface WorkspaceProps {
  readonly name: string
  readonly isFresh: boolean
}

function Workspace({ name, isFresh }: WorkspaceProps): ReactElement {
  const { device } = useServices()
  const syncButton = useRef<HTMLButtonElement>(null)
  const [isPanelOpen, setIsPanelOpen] = useState(false)
  const [isLeaving, setIsLeaving] = useState(false)
  const [isSplit, setIsSplit] = useSplit()
  const attention = useAttention()
  const title = deviceTitle(device)
  const closePanel = (): void => {
    setIsPanelOpen(false)
    syncButton.current?.focus()
  }
  return (
    <SplitView isSplit={isSplit}>
      <header className="app-header">
        <h1>
          Todos
          {title !== null && <small>{title}</small>}
        </h1>
        <SyncButton
          button={syncButton}
          isOpen={isPanelOpen}
          attention={attention}
          onClick={() => (isPanelOpen ? closePanel() : setIsPanelOpen(true))}
        />
        <UserMenu name={name} isSplit={isSplit} onSplit={setIsSplit} onSignOut={() => setIsLeaving(true)} />
      </header>
      <main className="app-main" data-panel={isPanelOpen}>
        {isPanelOpen && <SyncPanel onClose={closePanel} />}
        <div className="app-column">
          <NeedsReload />
          <NeedsSignIn name={name} />
          <TodosSection takesFocus={isFresh} />
        </div>
      </main>
      {isLeaving && <SignOut name={name} onStay={() => setIsLeaving(false)} />}
    </SplitView>
  )
}

/** How much asks for the user: refused changes, and conflicts in which something was not kept. */
function useAttention(): number {
  const db = useSyncLayer()
  const { parked } = useSyncStatus()
  const { data } = useQuery(db.collection('conflicts'))
  const losses = useMemo(() => data?.filter((entry) => outcomeOf(entry).hasLoss).length ?? 0, [data])
  return parked + losses
}
