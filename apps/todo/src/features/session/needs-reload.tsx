import type { ReactElement } from 'react'
import { OUTDATED } from '../../model/explain-error.ts'
import { useServices, useStore } from '../../services.ts'

/** Says that this page is outdated. What is shown and what was typed stays until the user reloads. */
export function NeedsReload(): ReactElement | null {
  const { outdated } = useServices()
  if (!useStore(outdated)) return null
  return (
    <div className="banner pinned" role="alert">
      <p>
        <strong>{OUTDATED.title}.</strong> {OUTDATED.advice}
      </p>
      <button type="button" className="primary" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  )
}
