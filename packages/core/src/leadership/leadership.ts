/**
 * Which of several processes on one store syncs. Nothing of correctness rests on it: commits are conditional, so two that
 * sync at once do some work twice and no harm (W29).
 */
import type { Json } from '../shared/json.ts'

/** What a candidate is told. */
export interface Told {
  /** From now on it is the one that syncs. */
  leads(): void
  /** From now on another one does. */
  follows(): void
  /** What the leader shows of itself. */
  shown(status: Json): void
  /** Somewhere the network came back, or the app became visible. */
  revived(): void
}

/** One process in its queue for the lead, or in the lead. */
export interface Candidacy {
  /** How syncing goes, for the others to see. */
  show(status: Json): void
  /** Another process has written to the store. */
  storeChanged(): void
  /** The network came back here, or the app became visible here: the leader may not know. */
  revived(): void
  /** Hands over the lead, or leaves the queue. Nothing is told from here on. */
  close(): Promise<void>
}

/** Stands for the lead of a group: of those that sync the same of one store. It follows until told that it leads. */
export type Elect = (group: string, told: Told) => Candidacy

/** Where nobody else has the store open, or everybody is to sync. */
export const electSolo: Elect = (_group, told) => {
  told.leads()
  return {
    show: () => undefined,
    storeChanged: () => undefined,
    revived: () => undefined,
    close: () => Promise.resolve(),
  }
}
