/** Output for people: colours and a moving bar in a terminal, plain lines everywhere else. */
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

export interface Terminal {
  line(text?: string): void
  /** Wrapped, and indented under its step, by more columns where told. */
  text(text: string, more?: number): void
  style(style: Style, text: string): string
  title(title: string, subtitle: string): void
  step(title: string, why: string): void
  done(text: string): void
  failed(text: string): void
  /** A bar for work that is under way, until `end`. */
  progress(what: string): Progress
}

export interface Progress {
  update(done: number, total: number): void
  end(): void
}

const INDENT = '   '
const MOST_COLUMNS = 100
const LONGEST_BAR = 30
/** What stands beside the bar, at most. */
const BESIDE_BAR = 55
const FRAME_MS = 50

export function createTerminal(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv,
  stepCount: number,
): Terminal {
  const isDumb = environment['TERM'] === 'dumb'
  const isForced = (environment['FORCE_COLOR'] ?? '0') !== '0'
  const colours = !environment['NO_COLOR'] && (isForced || (stream.isTTY && !isDumb))
  const moves = stream.isTTY && !isDumb
  const columns = Math.max(60, Math.min(stream.columns ?? MOST_COLUMNS, MOST_COLUMNS))
  let stepNumber = 0

  const style = (format: Style, text: string): string =>
    colours ? styleText(format, text, { validateStream: false }) : text
  const line = (text = ''): void => void stream.write(`${text}\n`)
  const paint = (text: string): string =>
    text
      .replaceAll(/`([^`]+)`/g, (quoted, code: string) => (colours ? style('yellow', code) : quoted))
      .replaceAll(/\bAda\b/g, (name) => style('cyan', name))
      .replaceAll(/\bBen\b/g, (name) => style('magenta', name))
  const text = (paragraph: string, more = 0): void => {
    const indent = INDENT + ' '.repeat(more)
    for (const part of wrap(paragraph, columns - indent.length)) line(indent + paint(part))
  }
  const marked = (mark: string, what: string): void => {
    const [first = '', ...rest] = wrap(what, columns - INDENT.length - 2)
    line(`${INDENT}${mark} ${paint(first)}`)
    for (const part of rest) line(`${INDENT}  ${paint(part)}`)
  }

  return {
    line,
    text,
    style,
    title(title, subtitle) {
      line()
      line(`${style(['bold', 'green'], title)}  ${subtitle}`)
    },
    step(title, why) {
      stepNumber += 1
      line()
      line(
        `${style(['bold', 'green'], String(stepNumber))}${style('dim', `/${stepCount}`)} ${style('bold', title)}`,
      )
      for (const part of wrap(why, columns - INDENT.length)) line(INDENT + style('dim', part))
      line()
    },
    done: (what) => marked(style('green', '✔'), what),
    failed: (what) => marked(style('red', '✘'), what),
    progress: (what) =>
      moves
        ? movingBar(stream, Math.min(LONGEST_BAR, columns - BESIDE_BAR), style, what)
        : quarters(line, what),
  }
}

function movingBar(
  stream: NodeJS.WriteStream,
  length: number,
  style: (format: Style, text: string) => string,
  what: string,
): Progress {
  const startedAt = performance.now()
  let drawnAt = 0
  return {
    update(done, total) {
      const now = performance.now()
      if (now - drawnAt < FRAME_MS) return
      drawnAt = now
      const filled = total === 0 ? 0 : Math.round((length * Math.min(done, total)) / total)
      const bar = style('green', '█'.repeat(filled)) + style('dim', '░'.repeat(length - filled))
      const counts = `${formatCount(done)} of ${formatCount(total)}`
      const rate = style('dim', formatRate(done, now - startedAt))
      stream.write(`\r\u001B[2K${INDENT}${bar} ${what} ${counts}  ${rate}`)
    },
    end() {
      stream.write('\r\u001B[2K')
    },
  }
}

/** Where lines cannot be drawn over, one for each quarter is enough. */
function quarters(line: (text: string) => void, what: string): Progress {
  let told = 0
  return {
    update(done, total) {
      const quarter = total === 0 ? 0 : Math.floor((4 * done) / total)
      if (quarter <= told || quarter > 3) return
      told = quarter
      line(`${INDENT}${String(quarter * 25)} % ${what} ${formatCount(done)} of ${formatCount(total)}`)
    },
    end() {},
  }
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let current = ''
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current]
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en')
}

export function formatRate(count: number, ms: number): string {
  const perSecond = (count * 1000) / Math.max(ms, 1)
  // Three digits say enough.
  const scale = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(perSecond, 1))) - 2)
  return `${formatCount(Math.round(perSecond / scale) * scale)} records/s`
}

export function formatSeconds(ms: number): string {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`
}

export function formatBytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
