import { useCallback } from 'react'
import { useServices } from '../services.ts'
import { failureNotice } from './failure-notice.ts'

/** Does something, and tells where it fails; else `doneText`, where it is given. Resolves to whether it was done. */
export function useAttempt(): (act: () => Promise<unknown>, doneText?: string) => Promise<boolean> {
  const { notices } = useServices()
  return useCallback(
    async (act, doneText) => {
      try {
        await act()
      } catch (error) {
        notices.show(failureNotice(error))
        return false
      }
      if (doneText !== undefined) notices.show({ kind: 'done', text: doneText })
      return true
    },
    [notices],
  )
}
