/** A planted bug, as data: the code itself carries no switches. */
export interface Mutant {
  /** Short and fixed: what `--only` takes. */
  readonly name: string
  /** What is wrong now. */
  readonly what: string
  /** The source file, from the top of the repository. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Every one of these must find it out. */
  readonly proofs: readonly [Proof, ...Proof[]]
}

/**
 * What can tell a bug: every run of the exhaustive explorer, seeds of the simulator, or a file of tests, named by its path
 * from the top of the repository.
 */
export type Proof = 'exhaustive' | 'simulation' | `packages/${string}.test.ts` | `tooling/${string}.test.ts`
