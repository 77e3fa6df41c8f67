/** What was given, as text: from the command line, else from the environment. Nothing is judged yet but the names. */
import { didYouMean, SyncError } from '@synclayer/core/adapter'
import { parseArgs } from 'node:util'
import { environmentName, type OptionGroup, rowsOf } from './option-table.ts'

/** One option's text, and what to call it in a complaint. */
export interface Given {
  readonly text: string
  readonly from: string
}

export interface GivenOptions<Name extends string> {
  readonly help: boolean
  readonly version: boolean
  option(name: Name): Given | undefined
  /** The parts of a list. */
  list(name: Name): readonly Given[]
}

const FLAGS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } } as const

/** Throws INVALID_OPTION for what there is not, naming the nearest there is. */
export function readGivenOptions<Name extends string>(
  groups: readonly OptionGroup[],
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): GivenOptions<Name> {
  const rows = rowsOf(groups)
  const names = [...rows.map(({ name }) => name), ...Object.keys(FLAGS)]
  const options = {
    ...FLAGS,
    ...Object.fromEntries(
      rows.map(({ name, isFlag }) => [
        name,
        { type: isFlag ? 'boolean' : 'string', multiple: true } as const,
      ]),
    ),
  }
  refuseUnknown(
    parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens,
    names,
  )
  const values = parseStrictly(args, options)
  const all = (name: Name): readonly Given[] => {
    const given = values[name]
    if (Array.isArray(given)) return given.map((text) => ({ text: String(text), from: `--${name}` }))
    const from = environmentName(name)
    const text = environment[from]
    // Empty is what tools that pass on a variable make of one that is not set.
    return text === undefined || text === '' ? [] : [{ text, from }]
  }
  return {
    help: values['help'] === true,
    version: values['version'] === true,
    option: (name) => all(name).at(-1),
    list: (name) =>
      all(name).flatMap(({ text, from }) =>
        text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
          .map((part) => ({ text: part, from })),
      ),
  }
}

const COMMANDS = ['token']

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

function refuseUnknown(tokens: readonly Token[], names: readonly string[]): void {
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const wanted = didYouMean(token.value, COMMANDS)
      throw new SyncError('INVALID_OPTION', `There is no command ${token.value}.${wanted}`)
    }
    if (token.kind !== 'option' || names.includes(token.name)) continue
    const wanted =
      token.name === 'secret'
        ? ' Whoever may list processes would read it: set SYNCLAYER_SECRET, or give --secret-file.'
        : didYouMean(
            token.rawName,
            names.map((name) => `--${name}`),
          )
    throw new SyncError('INVALID_OPTION', `There is no option ${token.rawName}.${wanted}`, {
      details: { option: token.rawName },
    })
  }
}

function parseStrictly(
  args: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>['options'],
): Readonly<Record<string, unknown>> {
  try {
    return parseArgs({ args: [...args], ...(options === undefined ? {} : { options }) }).values
  } catch (error) {
    // Its words are for people: "Option '--port <value>' argument missing".
    const reason = error instanceof Error ? error.message : String(error)
    const [first = reason] = reason.split('\n')
    throw new SyncError('INVALID_OPTION', first.endsWith('.') ? first : `${first}.`, { cause: error })
  }
}
