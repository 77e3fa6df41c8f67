import type { EngineClient, Note } from '../engine/programs/engine-program.ts'

/** Milliseconds until a client's live query shows the note, as it should be. */
export async function arrival(
  client: EngineClient,
  id: string,
  isThere: (note: Note) => boolean = () => true,
): Promise<number> {
  const begun = performance.now()
  const watched = client.collection('notes').watch(id)
  await new Promise<void>((resolve) => {
    watched.subscribe((note) => {
      if (note !== undefined && isThere(note)) resolve()
    })
  })
  watched.close()
  return performance.now() - begun
}
