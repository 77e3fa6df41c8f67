/** The source of randomness. Nothing in the engine makes random values any other way. */
export interface Random {
  /** `length` random bytes, fit for identifiers and keys. */
  bytes(length: number): Uint8Array
  /** A number in [0, 1), for jitter. */
  next(): number
}
