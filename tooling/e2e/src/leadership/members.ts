/** Processes of one store, as a test sees them: by what they say. */
import { type Child, start } from '../child.ts'
import type { Files } from '../engine/fixtures.ts'

export interface Member {
  readonly name: string
  readonly child: Child
  /** The ids of the notes it brought to the backend, in their order. */
  synced(): readonly string[]
  /** What it said last that begins with this word. */
  last(word: string): string | undefined
  said(word: string): readonly string[]
  tell(line: string): void
  /** Resolves once it has said such a line, now or before. */
  heard(line: string): Promise<void>
}

/** Starts one and waits until it has opened the store. */
export async function startMember({ store, backend }: Files, name: string): Promise<Member> {
  const lines: string[] = []
  const waiting = new Map<string, () => void>()
  const child = start('leadership/programs/member', [store, backend, name], (line) => {
    lines.push(line)
    waiting.get(line)?.()
  })
  const said = (word: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  const heard = async (line: string): Promise<void> => {
    if (lines.includes(line)) return
    await new Promise<void>((resolve) => waiting.set(line, resolve))
  }
  await heard('ready')
  return {
    name,
    child,
    said,
    heard,
    synced: () => said('synced'),
    last: (word) => said(word).at(-1),
    tell: (line) => child.tell(line),
  }
}

/** All of them save a note; answers who brings it to the backend, once all show it. */
export async function whoSyncs(members: readonly Member[], by: Member, id: string): Promise<string> {
  by.tell(`save ${id}`)
  return Promise.race(members.map((member) => member.heard(`synced ${id}`).then(() => member.name)))
}
