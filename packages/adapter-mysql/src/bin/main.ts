import { runCommand } from '../command/command.ts'
import { mysqlDialect } from '../mysql-dialect.ts'

process.exitCode = await runCommand(
  mysqlDialect,
  process.argv.slice(2),
  (line) => process.stdout.write(`${line}\n`),
  (line) => process.stderr.write(`${line}\n`),
)
