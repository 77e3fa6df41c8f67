/** What can be taken back, the latest first. */
export interface UndoStep {
  readonly id: number
  readonly undo: () => Promise<void>
}

export interface UndoStack {
  /** Gives the step's id. */
  push(undo: () => Promise<void>): number
  /** Takes back that step, or the latest; false where there is none. A step is taken back once. */
  undo(id?: number): Promise<boolean>
}

/** Older steps are forgotten. */
const MOST = 50

export function createUndoStack(): UndoStack {
  let steps: readonly UndoStep[] = []
  let lastId = 0
  return {
    push(undo) {
      lastId += 1
      steps = [...steps, { id: lastId, undo }].slice(-MOST)
      return lastId
    },
    async undo(id) {
      const step = id === undefined ? steps.at(-1) : steps.find((one) => one.id === id)
      if (step === undefined) return false
      steps = steps.filter((one) => one !== step)
      try {
        await step.undo()
      } catch (error) {
        // It did not happen, so it can be tried again.
        steps = [...steps, step]
        throw error
      }
      return true
    },
  }
}
