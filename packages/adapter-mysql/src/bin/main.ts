import { mysqlDialect } from '../mysql-dialect.ts'
import { runSchemaCommand } from '../schema-command.ts'

process.exitCode = runSchemaCommand(
  mysqlDialect,
  process.argv.slice(2),
  (line) => process.stdout.write(`${line}\n`),
  (line) => process.stderr.write(`${line}\n`),
)
