/** The cities with most visits, as a live query, and what it tells from one moment to the next. */
import type { LiveQuery } from '@synclayer/core'
import type { City } from './data-set.ts'
import type { Database } from './database.ts'

type Cities = readonly Readonly<City>[]

export interface MostVisited {
  /** What changed since it was read last, a line for each change. */
  news(): readonly string[]
  current(): string
  /** Resolves once a city has so many visits; false where that takes too long. */
  shows(name: string, visits: number, timeoutMs: number): Promise<boolean>
  close(): void
}

const TOP = 5

export async function watchMostVisited(db: Database): Promise<MostVisited> {
  const cities = db.collection('cities')
  const live = cities.where('visits', '>', 0).orderBy('visits', 'desc').limit(TOP).watch()
  let seen = await firstResult(live)
  let lines: string[] = []
  live.subscribe((result) => {
    lines.push(...differences(seen, result))
    seen = result
  })
  return {
    news() {
      const told = lines
      lines = []
      return told
    },
    current: () => seen.map(({ name, visits }) => `${name} ${String(visits)}`).join(', '),
    shows: (name, visits, timeoutMs) =>
      new Promise((resolve) => {
        const finish = (isThere: boolean): void => {
          clearTimeout(timer)
          stop()
          resolve(isThere)
        }
        const timer = setTimeout(() => finish(false), timeoutMs)
        const stop = live.subscribe((result) => {
          if (result.some((city) => city.name === name && city.visits === visits)) finish(true)
        })
      }),
    close: () => live.close(),
  }
}

async function firstResult(live: LiveQuery<Cities>): Promise<Cities> {
  for await (const result of live) return result
  return []
}

function differences(before: Cities, after: Cities): readonly string[] {
  const came = after.filter(({ id }) => before.every((city) => city.id !== id))
  const left = before.filter(({ id }) => after.every((city) => city.id !== id))
  const changed = after.flatMap((city) => {
    const old = before.find(({ id }) => id === city.id)
    // Documents that did not change keep their identity.
    return old === undefined || old === city ? [] : [changeOf(old, city)]
  })
  return [
    ...changed,
    ...came.map(({ name, visits }) => `${name} (${String(visits)}) is new among the first ${String(TOP)}`),
    ...left.map(({ name }) => `${name} no longer is`),
  ]
}

function changeOf(before: City, after: City): string {
  if (before.name !== after.name) return `${before.name} is ${after.name} now`
  return `${after.name}: ${String(before.visits)} visits become ${String(after.visits)}`
}
