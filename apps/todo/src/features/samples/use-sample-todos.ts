import { useCallback } from 'react'
import { dayAt } from '../../model/days.ts'
import { useServices } from '../../services.ts'
import { useTodoActions } from '../list/todo-actions.ts'
import { sampleTodos } from './sample-todos.ts'

/** Adds so many todos to try the app with, in one commit. */
export function useSampleTodos(): (count: number) => Promise<void> {
  const actions = useTodoActions()
  const { notices } = useServices()
  return useCallback(
    async (count) => {
      if (await actions.add(sampleTodos(count, dayAt(new Date()))))
        notices.show({ kind: 'done', text: `Added ${count.toLocaleString()} todos` })
    },
    [actions, notices],
  )
}
