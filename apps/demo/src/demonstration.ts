/** What the steps share. */
import type { Options } from './options.ts'
import type { Client } from './processes/client-process.ts'
import type { Processes } from './processes/processes.ts'
import type { Terminal } from './terminal.ts'

export interface Demonstration {
  readonly terminal: Terminal
  readonly options: Options
  readonly processes: Processes
}

export interface Pair {
  readonly ada: Client
  readonly ben: Client
}
