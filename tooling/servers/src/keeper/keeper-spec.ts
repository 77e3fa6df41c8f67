/** What a keeper is told: which processes a server is made of, where they keep their data, and when they end. */

export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

/** A program, with what it is given. Its working folder is the server's data folder. */
export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Runs as this user; left out, as we do. */
  readonly user?: SystemUser | null
  /** Its standard input. */
  readonly input?: string
  /** What asks it to end; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals
}

export interface KeeperSpec {
  /** Run one after another before the first start. */
  readonly setUp: readonly Command[]
  /** The server: started in this order, stopped in the opposite one. */
  readonly processes: readonly Command[]
  /** Ends it at once; null where killing the processes does. */
  readonly kill: Command | null
  /** Run one after another when all is over. */
  readonly atEnd: readonly Command[]
  /** The folder of its data, removed at the end. */
  readonly data: string
  /** Null for a server of one's own. */
  readonly shared: SharedSpec | null
}

export interface SharedSpec {
  /** The file of the lock under which it is given out, and ended when nobody uses it. */
  readonly lock: string
  /** The file that says where it is. */
  readonly pointer: string
  /** How long it goes on without an owner. */
  readonly lingerMs: number
}

export type KeeperOrder = 'start' | 'kill' | 'stop' | 'end'

export type KeeperNews =
  | { readonly done: KeeperOrder }
  | { readonly failed: KeeperOrder; readonly why: string }
  /** A process ended without being told to. */
  | { readonly ended: true }
