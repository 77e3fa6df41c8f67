/** `synclayer-mysql` and `synclayer-mariadb`: SQL for administrators, and tables that are already there. */
import { isSyncError } from '@synclayer/core/adapter'
import type { Dialect } from '../dialect.ts'
import { runSchemaCommand } from '../schema-command.ts'
import { runTablesCommand, tablesUsage } from './tables-command.ts'

/** Runs a command line. Answers the exit code: 0; 1 where the database refused; 2 where it was not understood. */
export async function runCommand(
  dialect: Dialect,
  args: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void,
): Promise<number> {
  if (args[0] !== 'tables') {
    const code = runSchemaCommand(dialect, args, print, complain)
    if (code === 2 || args.includes('--help')) (code === 2 ? complain : print)(`\n${tablesUsage(dialect)}`)
    return code
  }
  try {
    return await runTablesCommand(dialect, args.slice(1), print)
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    if (isSyncError(error)) return 1
    complain(`\n${tablesUsage(dialect)}`)
    return 2
  }
}
