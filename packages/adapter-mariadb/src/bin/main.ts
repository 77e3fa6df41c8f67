import { mariadbDialect } from '../mariadb-dialect.ts'
import { runCommand } from '@synclayer/adapter-mysql/family'

process.exitCode = await runCommand(
  mariadbDialect,
  process.argv.slice(2),
  (line) => process.stdout.write(`${line}\n`),
  (line) => process.stderr.write(`${line}\n`),
)
