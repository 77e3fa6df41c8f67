/** `npm run servers -- list | up [name…] | down [name…] | status`: the servers of this clone, from a shell. */
import { serversOfClone } from './clone.ts'
import type { RunningServer, ServerDefinition } from './definition.ts'
import { table } from './table.ts'

const USAGE = `npm run servers -- list            the servers that are known
npm run servers -- up [name…]      starts them, or all; they go on until they are told to end
npm run servers -- down [name…]    ends them, or all, whoever uses them
npm run servers -- status          what runs`

const HEADINGS = ['name', 'server', 'kind', 'way', 'URL']

const servers = serversOfClone()
const known = servers.definitions.map(({ name }) => name)

process.exitCode = await main(process.argv.slice(2))

async function main([command, ...names]: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    return complain(`There is no server "${unknown}". Known are: ${known.join(', ')}.`)
  const chosen = names.length > 0 ? names : known
  switch (command) {
    case 'list':
      console.log(table(['name', 'server', 'variable', 'ways'], servers.definitions.map(describe)))
      return 0
    case 'up':
      return up(chosen)
    case 'down':
      return down(chosen)
    case 'status':
      return status()
    default:
      return complain(command === undefined ? 'Say what to do.' : `There is no command "${command}".`)
  }
}

function describe({ name, title, variable, ways }: ServerDefinition): readonly string[] {
  return [name, title, variable, ways.map((way) => way.name).join(', ')]
}

async function up(names: readonly string[]): Promise<number> {
  const results = await Promise.allSettled(names.map((name) => servers.server(name, 'kept')))
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  console.log(table(HEADINGS, found.map(row)))
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
  for (const { message } of failures) console.error(message)
  return failures.length === 0 ? 0 : 1
}

async function down(names: readonly string[]): Promise<number> {
  // Those that stand on others first.
  for (const name of names.toReversed()) {
    if (await servers.down(name)) console.log(`${name} has ended.`)
  }
  servers.clearUp()
  return 0
}

function status(): number {
  const running = known.flatMap((name) => servers.running(name) ?? [])
  console.log(running.length === 0 ? 'None runs.' : table(HEADINGS, running.map(row)))
  return 0
}

function row({ name, product, version, kind, way, url }: RunningServer): readonly string[] {
  return [name, `${product} ${version}`, kind, way, url]
}

function complain(reason: string): number {
  console.error(`${reason}\n${USAGE}`)
  return 1
}
