import { dayAt } from '../model/days.ts'
import { useNow } from './use-now.ts'

/** The day at the user's place, also over midnight. */
export function useToday(): string {
  return dayAt(new Date(useNow(30_000)))
}
