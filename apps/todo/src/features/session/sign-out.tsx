import { isSyncError } from '@synclayer/core'
import { useSyncLayer, useSyncStatus } from '@synclayer/react'
import { type ReactElement, useState } from 'react'
import { dayAt } from '../../model/days.ts'
import { tellFailure } from '../../notices/tell-failure.ts'
import { useAttempt } from '../../notices/use-attempt.ts'
import { saveFile } from '../../platform/save-file.ts'
import { forgetLastSync } from '../../database/last-sync.ts'
import { useStoreLock } from '../../database/store-lock-context.ts'
import { useServices } from '../../services.ts'
import { Modal } from '../../ui/modal.tsx'
import { tellChanges } from '../sync/describe-status.ts'

export interface SignOutProps {
  readonly name: string
  /** Called where the user stays. */
  readonly onStay: () => void
}

/** Asks before something that has not reached the server is removed with the rest. */
export function SignOut({ name, onStay }: SignOutProps): ReactElement {
  const db = useSyncLayer()
  const { pending, parked } = useSyncStatus()
  const services = useServices()
  const lock = useStoreLock()
  const attempt = useAttempt()
  const [savedAs, setSavedAs] = useState<string | null>(null)
  const [isLeaving, setIsLeaving] = useState(false)
  const unsent = pending + parked

  const leave = async (unsentChanges: 'refuse' | 'discard'): Promise<void> => {
    const { sessions, connection } = services
    setIsLeaving(true)
    try {
      await sessions.leave(() => lock.alone(() => db.signOut({ unsent: unsentChanges })))
      // Whoever signs in next begins anew.
      connection.set('online')
      forgetLastSync(lock.name)
    } catch (error) {
      setIsLeaving(false)
      // Something was changed meanwhile: the dialog shows how much now.
      if (!isSyncError(error, 'UNSENT_CHANGES')) tellFailure(services, error)
    }
  }
  const save = (): Promise<boolean> =>
    attempt(async () => {
      const file = `todos-${name}-${dayAt(new Date())}.jsonl`
      saveFile(file, await db.export())
      setSavedAs(file)
    })
  return (
    <Modal title={`Sign out ${name}?`} onClose={onStay}>
      {unsent === 0 ? (
        <p>
          Everything is on the server. The todos are removed from this device, and come back when you sign in.
        </p>
      ) : (
        <p>
          <strong>
            {tellChanges(unsent)} {unsent === 1 ? 'has' : 'have'} not reached the server.
          </strong>{' '}
          Signing out removes everything from this device. Stay until they are sent, or save a file first: you
          can bring it along when you sign in again.
        </p>
      )}
      {savedAs !== null && (
        <p role="status">Saved as {savedAs}. Make sure it is there before you sign out.</p>
      )}
      <div className="actions">
        <button type="button" className="primary" onClick={onStay} disabled={isLeaving}>
          Stay signed in
        </button>
        {unsent === 0 ? (
          <button type="button" onClick={() => void leave('refuse')} disabled={isLeaving}>
            Sign out
          </button>
        ) : (
          <>
            <button type="button" onClick={() => void save()} disabled={isLeaving}>
              Export a file
            </button>
            <button
              type="button"
              className="danger"
              onClick={() => void leave('discard')}
              disabled={isLeaving}
            >
              {savedAs === null ? 'Discard them and sign out' : 'Sign out'}
            </button>
          </>
        )}
      </div>
    </Modal>
  )
}
