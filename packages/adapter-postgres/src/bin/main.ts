import { runCommand } from './command.ts'

process.exitCode = await runCommand(
  process.argv.slice(2),
  (text) => process.stdout.write(`${text}\n`),
  (text) => process.stderr.write(`${text}\n`),
)
