/**
 * What the programs said they would do and what was acknowledged to them, and what may be found in the end.
 *
 * A program says what it is about to do before, and that it is done after. What was said to be done must have happened;
 * what was only about to be done when the program was killed may have happened.
 */
export interface Ledger {
  /** Takes one line of a program. */
  note(line: string): void
  /** How often something of this kind was acknowledged, and how often it was begun. */
  count(what: string): { readonly acknowledged: number; readonly begun: number }
  /** All that was ever acknowledged. */
  readonly acknowledged: number
  /** What a note may be in the end, by its id: its numbers, and null where it may be gone. */
  notes(): ReadonlyMap<string, readonly (number | null)[]>
  /** Pairs that were begun, and whether they were acknowledged. */
  pairs(): ReadonlyMap<string, boolean>
}

interface NoteAct {
  readonly n: number | null
  done: boolean
}

export function createLedger(): Ledger {
  const counts = new Map<string, { acknowledged: number; begun: number }>()
  const acts = new Map<string, NoteAct[]>()
  const pairs = new Map<string, boolean>()
  let acknowledged = 0

  const tally = (what: string): { acknowledged: number; begun: number } => {
    const count = counts.get(what) ?? { acknowledged: 0, begun: 0 }
    counts.set(what, count)
    return count
  }

  const noteAct = (id: string, n: number | null, done: boolean): void => {
    const known = acts.get(id) ?? []
    acts.set(id, known)
    if (!done) known.push({ n, done })
    else known.findLast((act) => act.n === n)!.done = true
  }

  return {
    get acknowledged() {
      return acknowledged
    },
    note(line) {
      const [sign, what, id, n] = line.split(' ')
      const done = sign === 'a'
      if ((sign !== 'i' && !done) || what === undefined) return
      const kind = id === undefined || what !== 'counter' ? what : `${what} ${id}`
      if (done) {
        acknowledged += 1
        tally(kind).acknowledged += 1
      } else {
        tally(kind).begun += 1
      }
      if (what === 'note') noteAct(id!, Number(n), done)
      if (what === 'gone') noteAct(id!, null, done)
      if (what === 'pair') pairs.set(id!, done)
    },
    count: (what) => ({ ...tally(what) }),
    notes: () =>
      new Map(
        [...acts].map(([id, all]) => {
          const settled = all.findLastIndex(({ done }) => done)
          const possible: (number | null)[] = all.slice(Math.max(settled, 0)).map(({ n }) => n)
          return [id, settled < 0 ? [null, ...possible] : possible]
        }),
      ),
    pairs: () => pairs,
  }
}
