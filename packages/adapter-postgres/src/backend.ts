import { createFeedMemory, createGroupCommit, type GroupCommit } from '@synclayer/adapter-kit'
import type { AdapterContext } from '@synclayer/core/adapter'
import {
  type CommitPorts,
  commitPushes,
  type PushShare,
  type PushWork,
  WEIGHT_PER_TRANSACTION,
} from './commit-pushes.ts'
import { openConnection } from './connection.ts'
import type { CheckedOptions } from './options.ts'
import { prepareSchema } from './prepare-schema.ts'
import { quoteName } from './sql/schema-name.ts'

/** An open database: what push, pull, fetch and purge work with. */
export interface Backend extends CommitPorts {
  readonly pushes: GroupCommit<PushWork, PushShare>
  /** Called after each commit that moved a scope's head. */
  onCommit(listener: CommitPorts['committed']): () => void
}

/** Connects, and makes or checks the schema. */
export async function openBackend(options: CheckedOptions, context: AdapterContext): Promise<Backend> {
  const memory = createFeedMemory()
  const connection = openConnection(options, context, () => memory.dropMarks())
  try {
    await prepareSchema(connection, options, context.logger)
  } catch (error) {
    await connection.close()
    throw error
  }
  const listeners = new Set<CommitPorts['committed']>()
  const ports: CommitPorts = {
    connection,
    options,
    context,
    schema: quoteName(options.schema),
    memory,
    committed: (scope, head) => {
      for (const listener of listeners) listener(scope, head)
    },
  }
  return {
    ...ports,
    pushes: createGroupCommit<PushWork, PushShare>({
      commit: async (scope, works) => commitPushes(ports, scope, works),
      sizeOf: ({ weight }) => weight,
      most: WEIGHT_PER_TRANSACTION,
      answerLater: setImmediate,
    }),
    onCommit: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
