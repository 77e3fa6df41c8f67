/** What a client's process and its parent say to each other. */

export interface Question {
  readonly id: number
  /** The name of one of the client's acts. */
  readonly act: string
  readonly input: unknown
}

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly reason: string }
