import { mariadbDialect } from '../mariadb-dialect.ts'
import { runSchemaCommand } from '@synclayer/adapter-mysql/family'

process.exitCode = runSchemaCommand(
  mariadbDialect,
  process.argv.slice(2),
  (line) => process.stdout.write(`${line}\n`),
  (line) => process.stderr.write(`${line}\n`),
)
