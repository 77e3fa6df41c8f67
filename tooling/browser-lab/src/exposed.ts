/** What a page offers to its test, and how an error of it crosses over. */

/** Functions a test may call; what they take and answer is plain data. */
export type Exposed<Names extends string = string> = Readonly<Record<Names, (...args: never[]) => unknown>>

/** The name under which a page keeps them. */
export const EXPOSED = 'synclayerLab'

/** An error as plain data. */
export interface CarriedError {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly code: unknown
  readonly retryable: unknown
  readonly details: unknown
}

/** What a call came to. */
export type Outcome = { readonly value: unknown } | { readonly error: CarriedError }
