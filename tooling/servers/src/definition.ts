/** What a server is to this tool: one file in `servers/` says it, and `registry.ts` lists it. */
import type { Command, SystemUser } from './keeper/keeper-spec.ts'

/** How much a green test says: the vendor's own server, the vendor's emulator, or something that behaves like either. */
export type Kind = 'real' | 'emulator' | 'stand-in'

/** What a server says it is. */
export interface Facts {
  readonly product: string
  readonly version: string
}

/** A server that answers. */
export interface RunningServer extends Facts {
  /** As the registry calls it, such as `postgres`. */
  readonly name: string
  /** With an administrator's name and password: a test makes a database of its own in it, and removes it. */
  readonly url: string
  readonly kind: Kind
  /** How it was had: `URL`, `Docker`, `installed`, … */
  readonly way: string
  /** What else a client needs to know, such as keys. */
  readonly details: Readonly<Record<string, string>>
}

export interface ServerDefinition {
  readonly name: string
  readonly title: string
  /** The environment variable that gives the URL of one that runs already. */
  readonly variable: string
  /** In the order in which they are tried. */
  readonly ways: readonly Way[]
  /** Asks it what it is; rejects while it does not answer. */
  readonly ask: (url: string, details: Readonly<Record<string, string>>) => Promise<Facts>
}

export interface Way {
  readonly name: string
  readonly kind: Kind
  /** Servers, by name, that must run first. */
  readonly needs?: readonly string[]
  /** Finds or fetches the programs, and gives how to run them. Throws {@link Refused} where this machine cannot. */
  readonly prepare: (say: (line: string) => void) => Promise<Recipe>
}

/** A way cannot be taken here. The message says why, and what would help. */
export class Refused extends Error {}

/** One run of a server, made up for a folder and a port. */
export interface Recipe {
  /** Whom it runs as, and who the data folder belongs to; null for us. */
  readonly user: SystemUser | null
  readonly plan: (place: Place) => Plan
}

export interface Place {
  /** Empty, and belongs to the recipe's user. */
  readonly folder: string
  /** Free ones, on 127.0.0.1. */
  readonly port: number
  readonly otherPort: number
  /** Letters and digits, new for each run. */
  readonly password: string
  /** Those that the way needs, by name. */
  readonly needs: Readonly<Record<string, RunningServer>>
}

export interface Plan {
  readonly url: string
  readonly details?: Readonly<Record<string, string>>
  /** Written into the data folder first, by their paths in it; only the recipe's user may read them. */
  readonly files?: Readonly<Record<string, string>>
  /** Run once, before the first start. */
  readonly setUp?: readonly Command[]
  readonly processes: readonly Command[]
  /** Left out where killing the processes ends it. */
  readonly kill?: Command
  /** Run when all is over. */
  readonly atEnd?: readonly Command[]
}
