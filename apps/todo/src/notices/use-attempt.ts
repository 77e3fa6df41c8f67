import { useCallback } from 'react'
import { useServices } from '../services.ts'
import { tellFailure } from './tell-failure.ts'

/** Does something, and tells where it fails; else `doneText`, where it is given. Resolves to whether it was done. */
export function useAttempt(): (act: () => Promise<unknown>, doneText?: string) => Promise<boolean> {
  const services = useServices()
  return useCallback(
    async (act, doneText) => {
      try {
        await act()
      } catch (error) {
        tellFailure(services, error)
        return false
      }
      if (doneText !== undefined) services.notices.show({ kind: 'done', text: doneText })
      return true
    },
    [services],
  )
}
