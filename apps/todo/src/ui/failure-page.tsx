import type { ReactElement } from 'react'
import type { Explanation } from '../model/explain-error.ts'

export interface FailurePageProps {
  readonly problem: Explanation
  readonly onRetry: () => void
  /** What the button says; `Try again` unless told. */
  readonly retryLabel?: string
}

/** In place of the app, where it cannot be shown. */
export function FailurePage({ problem, onRetry, retryLabel = 'Try again' }: FailurePageProps): ReactElement {
  return (
    <main className="failure">
      <div role="alert">
        <h1>{problem.title}</h1>
        <p>{problem.advice}</p>
        <p className="item-note">
          <code>{problem.code}</code>
        </p>
      </div>
      <button type="button" className="primary" onClick={onRetry}>
        {retryLabel}
      </button>
    </main>
  )
}
