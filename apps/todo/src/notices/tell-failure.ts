import { explainError, isOutdated } from '../model/explain-error.ts'
import type { Services } from '../services.ts'

/** Tells a failure, unless the page is outdated: that is told by itself, and is the reason of all that fails from then on. */
export function tellFailure(
  { notices, outdated }: Pick<Services, 'notices' | 'outdated'>,
  error: unknown,
): void {
  if (isOutdated(error)) outdated.raise()
  if (outdated.get()) return
  const { title, advice } = explainError(error)
  notices.show({ kind: 'failure', text: title, detail: advice })
}
