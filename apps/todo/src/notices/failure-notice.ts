import { explainError } from '../model/explain-error.ts'
import type { Notice } from './notice-store.ts'

/** A failure as it is told. */
export function failureNotice(error: unknown): Omit<Notice, 'id'> {
  const { title, advice } = explainError(error)
  return { kind: 'failure', text: title, detail: advice }
}
