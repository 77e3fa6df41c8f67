/** Texts that people write, as values. Each complaint names the option as it was given. */
import { type Duration, invalidOption, parseDuration } from '@synclayer/core/adapter'
import type { Given } from './given-options.ts'

export function readCount(
  given: Given | undefined,
  fallback: number,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  if (given === undefined) return fallback
  const count = /^\d+$/.test(given.text) ? Number(given.text) : Number.NaN
  if (count >= least && count <= most) return count
  throw invalidOption(given.from, given.text, `a whole number from ${least} to ${most}`)
}

export function readDuration(given: Given | undefined, fallback: Duration): number {
  return parseDuration(given?.text ?? fallback, given?.from ?? '')
}

/** A duration that is waited for, and no longer than told. */
export function readWait(given: Given | undefined, fallback: Duration, longest: Duration): number {
  const ms = readDuration(given, fallback)
  if (given === undefined || ms <= parseDuration(longest, given.from)) return ms
  throw invalidOption(given.from, given.text, `at most ${longest}`)
}

const BYTES_BY_UNIT = { '': 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const

export function readBytes(
  given: Given | undefined,
  fallback: number,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  if (given === undefined) return fallback
  const parts = /^(\d+)(|kb|mb|gb)$/i.exec(given.text)
  const unit = (parts?.[2] ?? '').toLowerCase() as keyof typeof BYTES_BY_UNIT
  const bytes = parts === null ? Number.NaN : Number(parts[1]) * BYTES_BY_UNIT[unit]
  if (bytes >= least && bytes <= most) return bytes
  throw invalidOption(
    given.from,
    given.text,
    `bytes, ${least} to ${most}, or a text such as '500kb' or '16mb'`,
  )
}

/** Named on the command line, or `true` or `1` in the environment. */
export function readFlag(given: Given | undefined): boolean {
  return ['true', '1'].includes(readChoice(given, 'false', ['true', 'false', '1', '0']))
}

export function readChoice<Choice extends string>(
  given: Given | undefined,
  fallback: Choice,
  choices: readonly Choice[],
): Choice {
  if (given === undefined) return fallback
  const chosen = choices.find((choice) => choice === given.text)
  if (chosen !== undefined) return chosen
  throw invalidOption(given.from, given.text, `one of ${choices.join(', ')}`)
}
