/** What the app tells in passing. A notice with an action waits longer; a failure stays until it is closed. */
export interface Notice {
  readonly id: number
  readonly kind: 'done' | 'failure'
  readonly text: string
  /** What else there is to say. */
  readonly detail?: string
  /** Until it is closed, whatever it is. */
  readonly stays?: boolean
  readonly action?: { readonly label: string; readonly run: () => void }
}

export interface NoticeStore {
  /** The same list until it changes; the newest last. */
  get(): readonly Notice[]
  show(notice: Omit<Notice, 'id'>): number
  close(id: number): void
  subscribe(listener: () => void): () => void
}

/** More than these are not shown at once: the oldest goes. */
const MOST = 3

export function createNoticeStore(): NoticeStore {
  const listeners = new Set<() => void>()
  let notices: readonly Notice[] = []
  let lastId = 0
  const change = (next: readonly Notice[]): void => {
    notices = next
    for (const listener of listeners) listener()
  }
  return {
    get: () => notices,
    show(notice) {
      lastId += 1
      // What is told again is told once.
      const others = notices.filter(({ kind, text }) => kind !== notice.kind || text !== notice.text)
      change([...others, { ...notice, id: lastId }].slice(-MOST))
      return lastId
    },
    close(id) {
      if (notices.some((notice) => notice.id === id)) change(notices.filter((notice) => notice.id !== id))
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** How long a notice is shown, in milliseconds; null: until it is closed. */
export function durationOf(notice: Notice): number | null {
  if (notice.kind === 'failure' || notice.stays === true) return null
  return notice.action === undefined ? 5_000 : 10_000
}
