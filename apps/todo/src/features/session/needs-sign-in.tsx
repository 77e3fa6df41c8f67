import { useSyncLayer, useSyncStatus } from '@synclayer/react'
import { type ReactElement, useState } from 'react'
import { useAttempt } from '../../notices/use-attempt.ts'
import { useServices } from '../../services.ts'
import { signIn } from '../../session/server-sign-in.ts'
import { tellChanges } from '../sync/describe-status.ts'

/** Asks whose token has ended to sign in again; work goes on meanwhile. */
export function NeedsSignIn({ name }: { readonly name: string }): ReactElement | null {
  const db = useSyncLayer()
  const { phase, pending } = useSyncStatus()
  const { sessions } = useServices()
  const attempt = useAttempt()
  const [isAsking, setIsAsking] = useState(false)
  if (phase !== 'needsAuth') return null

  const again = async (): Promise<void> => {
    setIsAsking(true)
    await attempt(async () => {
      sessions.set(await signIn(name))
      await db.sync()
    })
    setIsAsking(false)
  }
  return (
    <div className="banner" role="status">
      <p>
        <strong>Sign in again to sync.</strong>{' '}
        {pending > 0
          ? `${tellChanges(pending)} ${pending === 1 ? 'is' : 'are'} kept here until then.`
          : 'Nothing is lost.'}
      </p>
      <button type="button" disabled={isAsking} onClick={() => void again()}>
        Sign in as {name}
      </button>
    </div>
  )
}
