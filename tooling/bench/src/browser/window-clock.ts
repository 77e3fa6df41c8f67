/**
 * What runs in the two windows. All times are milliseconds of the window's own monotonic clock, counted from 1970; how far the
 * clocks of two windows are apart is measured beside.
 */

/** One click, and what came of it. Those of `there` are times of the other window. */
export interface Clicked {
  readonly at: number
  /** The row shows it in the window of the click: it is stored by then. */
  readonly shownHere: number
  readonly pushSent: number
  readonly pushAnswered: number
  readonly there: Seen
}

export interface Seen {
  /** The message that told of it has come. */
  readonly told: number
  /** The row shows it. */
  readonly shown: number
  /** The browser begins the frame in which it is drawn. */
  readonly drawn: number
}

export interface Run {
  readonly clicks: readonly Clicked[]
  /** What to take from a time of the other window. */
  readonly offsetMs: number
}

interface Marks {
  pushSent: number
  pushAnswered: number
  told: number
}

declare global {
  var marks: Marks
}

/** Before a page is opened: notes when a push leaves and is answered, and when the socket says something. */
export function noteTheWire(): void {
  const now = (): number => performance.timeOrigin + performance.now()
  globalThis.marks = { pushSent: 0, pushAnswered: 0, told: 0 }
  const { fetch: ask, WebSocket: Socket } = globalThis
  globalThis.fetch = async (...args) => {
    const [target] = args
    const address = target instanceof Request ? target.url : String(target)
    if (!address.endsWith('/sync/push')) return ask(...args)
    marks.pushSent = now()
    const response = await ask(...args)
    marks.pushAnswered = now()
    return response
  }
  globalThis.WebSocket = class extends Socket {
    constructor(...args: ConstructorParameters<typeof Socket>) {
      super(...args)
      this.addEventListener('message', () => (marks.told = now()))
    }
  }
}

/** In the window that watches: answers over a channel when the row changes, and what time it is. */
export function watchRow(): void {
  const now = (): number => performance.timeOrigin + performance.now()
  const channel = new BroadcastChannel('bench')
  channel.addEventListener('message', ({ data }) => {
    if (data === 'time') channel.postMessage({ time: now() })
  })
  const list = document.querySelector('ul.todo-list')!
  new MutationObserver((changes) => {
    if (!changes.some(({ attributeName }) => attributeName === 'data-done')) return
    const seen = { told: marks.told, shown: now() }
    requestAnimationFrame(() => channel.postMessage({ seen: { ...seen, drawn: now() } }))
  }).observe(list, { subtree: true, attributes: true, attributeFilter: ['data-done'] })
}

/** In the window that clicks: clicks so often, each time once all is at rest. */
export async function clickRow([count, restMs]: readonly [number, number]): Promise<Run> {
  const now = (): number => performance.timeOrigin + performance.now()
  const channel = new BroadcastChannel('bench')
  const next = <Name extends 'time' | 'seen'>(name: Name): Promise<Name extends 'time' ? number : Seen> =>
    new Promise((resolve) => {
      const hear = ({ data }: MessageEvent<Record<string, never>>): void => {
        if (data[name] === undefined) return
        channel.removeEventListener('message', hear)
        resolve(data[name])
      }
      channel.addEventListener('message', hear)
    })
  const list = document.querySelector('ul.todo-list')!
  const shown = (): Promise<number> =>
    new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        observer.disconnect()
        resolve(now())
      })
      observer.observe(list, { subtree: true, attributes: true, attributeFilter: ['data-done'] })
    })

  // Of many questions the one that took the shortest tells best how late it is there.
  let best = { roundMs: Infinity, offsetMs: 0 }
  for (let turn = 0; turn < 200; turn += 1) {
    const asked = now()
    const answer = next('time')
    channel.postMessage('time')
    const there = await answer
    const answered = now()
    const roundMs = answered - asked
    if (roundMs < best.roundMs) best = { roundMs, offsetMs: there - (asked + answered) / 2 }
  }

  const clicks: Clicked[] = []
  for (let turn = 0; turn < count; turn += 1) {
    const seen = next('seen')
    const here = shown()
    const at = now()
    document.querySelector<HTMLInputElement>('li[data-todo-id] input[type=checkbox]')!.click()
    const [shownHere, there] = await Promise.all([here, seen])
    await new Promise((resolve) => setTimeout(resolve, restMs))
    clicks.push({ at, shownHere, pushSent: marks.pushSent, pushAnswered: marks.pushAnswered, there })
  }
  return { clicks, offsetMs: best.offsetMs }
}
