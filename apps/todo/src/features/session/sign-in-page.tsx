import { type ReactElement, useId, useState } from 'react'
import { type Explanation, explainError } from '../../model/explain-error.ts'
import { deviceTitle } from '../../platform/device.ts'
import { useServices } from '../../services.ts'
import { signIn } from '../../session/server-sign-in.ts'
import { importInto } from '../../database/open-database.ts'

/** Asks for a name. There is no password: the server of this demonstration believes everyone. */
export function SignInPage(): ReactElement {
  const { device, sessions } = useServices()
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [isAsking, setIsAsking] = useState(false)
  const [problem, setProblem] = useState<Explanation | null>(null)
  const id = useId()
  const title = deviceTitle(device)

  const enter = async (): Promise<void> => {
    setIsAsking(true)
    setProblem(null)
    try {
      const session = await signIn(name)
      if (file !== null) await importInto({ session, device }, await file.text())
      sessions.set(session)
    } catch (error) {
      setProblem(tellProblem(error, file !== null))
      setIsAsking(false)
    }
  }
  return (
    <main className="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') void enter()
        }}
      >
        <h1>Todos{title !== null && <small> {title}</small>}</h1>
        <p>A todo list that works without a network, on all of your devices.</p>
        <label htmlFor={`${id}-name`}>Your name</label>
        <input
          id={`${id}-name`}
          type="text"
          autoComplete="username"
          autoCapitalize="words"
          maxLength={32}
          required
          autoFocus
          value={name}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-note`}
          onChange={(event) => setName(event.target.value)}
        />
        <p id={`${id}-note`} className="item-note">
          This is a demonstration: no password is asked for, and whoever gives the same name sees the same
          todos.
        </p>
        <div role="alert">
          {problem !== null && (
            <p className="problem">
              <strong>{problem.title}.</strong> {problem.advice}
            </p>
          )}
        </div>
        <button type="submit" className="primary" disabled={isAsking}>
          {isAsking ? 'Signing in…' : 'Sign in'}
        </button>
        <details>
          <summary>Bring a file along</summary>
          <label htmlFor={`${id}-file`}>A file that was exported when signing out</label>
          <input
            id={`${id}-file`}
            type="file"
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          />
        </details>
      </form>
    </main>
  )
}

function tellProblem(error: unknown, hasFile: boolean): Explanation {
  const told = explainError(error)
  if (told.code === 'NETWORK')
    return { ...told, advice: 'The first sign-in on a device needs a connection. Try again later.' }
  if (told.code !== 'INVALID_OPTION') return told
  return hasFile
    ? {
        ...told,
        title: 'The file cannot be used',
        advice: 'It is no export of this app, or this device has todos of that name already.',
      }
    : { ...told, title: 'The name will not do', advice: 'Give 1 to 32 letters and digits.' }
}
