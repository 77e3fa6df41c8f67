import { Component, type ReactElement, type ReactNode } from 'react'
import { type Explanation, explainError } from '../model/explain-error.ts'
import { FailurePage } from './failure-page.tsx'

interface Props {
  readonly children: ReactNode
}

interface State {
  readonly problem: Explanation | null
}

/** Shows what went wrong in place of an empty page. React has no other way to catch it than a class. */
export class FailureBoundary extends Component<Props, State> {
  override state: State = { problem: null }

  static getDerivedStateFromError(error: unknown): State {
    return { problem: explainError(error) }
  }

  override render(): ReactNode {
    const { problem } = this.state
    if (problem === null) return this.props.children
    return <FailureReload problem={problem} />
  }
}

function FailureReload({ problem }: { readonly problem: Explanation }): ReactElement {
  return <FailurePage problem={problem} onRetry={() => location.reload()} />
}
