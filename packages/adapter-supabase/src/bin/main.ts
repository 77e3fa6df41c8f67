import { runCommand } from './command.ts'

process.exitCode = runCommand(process.argv.slice(2), {
  folder: process.cwd(),
  now: new Date(),
  print: (line) => process.stdout.write(`${line}\n`),
})
