/** What the steps share. */
import type { Client, Clients } from './clients.ts'
import type { DataSet } from './data-set.ts'
import type { Terminal } from './terminal.ts'

export interface Demonstration {
  readonly terminal: Terminal
  readonly dataSet: DataSet
  readonly clients: Clients
}

export interface Pair {
  readonly ada: Client
  readonly ben: Client
}
