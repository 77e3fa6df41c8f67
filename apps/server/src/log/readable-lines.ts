/** Entries of the log as lines for people: the time of day, the level where it matters, the message, the details. */
import { styleText } from 'node:util'
import type { DestinationStream } from 'pino'
import type { ErrorDescription } from './describe-error.ts'

const MARKS: Readonly<
  Record<string, { readonly text: string; readonly style: Parameters<typeof styleText>[0] }>
> = {
  debug: { text: 'debug', style: 'dim' },
  warn: { text: 'warning', style: 'yellow' },
  error: { text: 'error', style: 'red' },
}

/** A destination for `createLog`. */
export function readableLines(write: (text: string) => void, colours: boolean): DestinationStream {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(format, text, { validateStream: false }) : text
  return {
    write(line) {
      const { time, level, msg, error, ...details } = JSON.parse(line) as Entry
      const mark = MARKS[level]
      const parts = [style('dim', new Date(time).toTimeString().slice(0, 8))]
      if (mark !== undefined) parts.push(style(mark.style, mark.text))
      parts.push(msg)
      for (const [name, value] of Object.entries(details))
        parts.push(style('dim', `${name}=${textOf(value)}`))
      write(`${parts.join('  ')}\n`)
      if (error !== undefined) write(`${style('dim', errorText(error))}\n`)
    },
  }
}

interface Entry {
  readonly time: string
  readonly level: string
  readonly msg: string
  readonly error?: ErrorDescription
}

function textOf(value: unknown): string {
  return typeof value === 'string' && !value.includes(' ') ? value : JSON.stringify(value)
}

function errorText({ stack, message, cause }: ErrorDescription): string {
  const own = (stack ?? message).replaceAll(/^/gm, '    ')
  return cause === undefined ? own : `${own}\n    caused by\n${errorText(cause)}`
}
