import type { Priority } from '../../model/todo.ts'

export const PRIORITY_TITLES: Readonly<Record<Priority, string>> = {
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'None',
}
