/**
 * Makes a scenario from a seed. Each seed chooses which troubles there are, and how many (swarm testing): what is rare
 * when everything happens at once is common in some seeds.
 */
import { seededRandom } from '@synclayer/core/testing'
import { MOST_WAVES, numberOfWave } from '../oracle/tally.ts'
import { type CollectionName, SYNCED } from './collections.ts'
import type { CrashPoint, DeviceSetup, Edit, Network, ObserverSetup, Scenario, Step } from './scenario.ts'

const IDS: Readonly<Record<CollectionName, readonly string[]>> = {
  items: ['a', 'b', 'c', 't1', 't2'],
  notes: ['m', 'o'],
  pairs: [],
}
const DAY_MS = 86_400_000
const CRASH_POINTS = ['now', 'before commit', 'after commit', 'read', 'opened'] as const

/** Draws from a seeded stream. */
class Dice {
  readonly next: () => number

  constructor(seed: number) {
    this.next = seededRandom(seed).next
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }
}

export function generateScenario(seed: number): Scenario {
  return new Generator(seed).scenario()
}

/** How often a kind of step comes, beside the others of its seed. */
type Weights = readonly { readonly weight: number; readonly make: () => readonly Step[] }[]

class Generator {
  readonly #seed: number
  readonly #dice: Dice
  readonly #devices: DeviceSetup[] = []
  readonly #tiny: boolean
  #disks = 0
  #tokens = 0
  #bulks = 0
  readonly #waves = new Map<string, number>()

  constructor(seed: number) {
    this.#seed = seed
    this.#dice = new Dice(seed * 2_654_435_761)
    this.#tiny = this.#dice.chance(0.3)
  }

  scenario(): Scenario {
    const dice = this.#dice
    this.#setUpDevices()
    const weights = this.#weights()
    const total = weights.reduce((sum, { weight }) => sum + weight, 0)
    const steps: Step[] = []
    const length = 15 + dice.below(45)
    while (steps.length < length) {
      let roll = dice.next() * total
      const chosen = weights.find(({ weight }) => (roll -= weight) < 0)
      steps.push(...(chosen ?? weights[0]!).make())
    }
    return {
      seed: this.#seed,
      disks: this.#disks,
      devices: this.#devices,
      observers: this.#observers(),
      steps,
      elects: dice.chance(0.5),
    }
  }

  #setUpDevices(): void {
    const dice = this.#dice
    const count = 2 + dice.below(3)
    const tabs = dice.chance(0.25)
    const skewed = dice.chance(0.5)
    const [scoped, schemas] = [dice.chance(0.25), dice.chance(0.3)]
    const realtime = dice.chance(0.4)
    for (let index = 0; index < count; index += 1) {
      const isTab = tabs && index === count - 1
      const first = this.#devices[0]
      this.#devices.push({
        disk: isTab ? 0 : this.#disks++,
        realtime: realtime && dice.chance(0.7),
        auto: dice.chance(0.85),
        batchSize: dice.chance(0.6) ? 1 + dice.below(4) : 500,
        scopes: isTab ? first!.scopes : scoped && dice.chance(0.5) ? ['one'] : ['one', 'two'],
        clockMs: skewed ? Math.floor((dice.next() - 0.5) * 10 * DAY_MS) : 0,
        schema: isTab ? first!.schema : schemas && dice.chance(0.5) ? 2 : 1,
      })
    }
  }

  #observers(): readonly ObserverSetup[] {
    const dice = this.#dice
    return Array.from({ length: 1 + dice.below(2) }, () => ({
      collection: dice.pick(SYNCED),
      least: dice.chance(0.7) ? 1 + dice.below(4) : null,
      page: 1 + dice.below(3),
    }))
  }

  #weights(): Weights {
    const dice = this.#dice
    const weights: { weight: number; make: () => readonly Step[] }[] = [
      { weight: 30, make: () => [this.#edit()] },
      { weight: 16, make: () => [{ do: 'pass', ms: this.#pause() }] },
      { weight: 4, make: () => [{ do: 'sync', device: this.#device() }] },
      { weight: 4, make: () => [{ do: 'observe', observer: 0, pages: 1 + dice.below(4) }] },
    ]
    const maybe = (probability: number, weight: number, make: () => readonly Step[]): void => {
      if (dice.chance(probability)) weights.push({ weight: weight * (0.5 + dice.next()), make })
    }
    const device = (): number => this.#device()
    maybe(0.5, 6, () => this.#wave())
    maybe(0.7, 8, () => [this.#network()])
    maybe(0.4, 6, () => [this.#crash()])
    maybe(0.3, 4, () => [{ do: dice.pick(['open', 'close']), device: device() }])
    maybe(0.15, 3, () => [{ do: dice.pick(['pause', 'resume']), device: device() }])
    maybe(0.3, 5, () => [
      { do: dice.pick(['cut', 'uncut', 'uncut']), device: device(), told: dice.chance(0.7) },
    ])
    maybe(0.2, 4, () => [{ do: dice.pick(['expire', 'renew']), device: device() }])
    maybe(0.2, 3, () => [
      {
        do: 'limit',
        device: device(),
        requests: 1 + dice.below(5),
        retryAfterMs: 1_000 * (1 + dice.below(60)),
      },
    ])
    maybe(0.2, 4, () => [{ do: 'disk', device: device(), full: dice.chance(0.5) }])
    maybe(0.3, 3, () => [
      { do: 'clock', device: device(), jumpMs: Math.floor((dice.next() - 0.5) * 4 * DAY_MS) },
    ])
    maybe(0.3, 3, () => [{ do: 'wake', device: device() }])
    maybe(0.25, 4, () => [this.#poison()])
    maybe(0.3, 3, () => [{ do: dice.pick(['retry', 'discard']), device: device() }])
    maybe(0.2, 3, () => [
      {
        do: 'scopes',
        device: device(),
        scopes: dice.pick([['one'], ['two'], ['one', 'two'], ['two', 'one']]),
      },
    ])
    maybe(0.2, 2, () => [{ do: 'upgrade', device: device() }])
    maybe(0.2, 3, () => [{ do: 'version', device: device(), schema: dice.chance(0.7) ? 2 : 1 }])
    maybe(0.4, 6, () => [{ do: 'stall', ms: 1 + dice.below(40_000) }])
    maybe(0.4, 4, () => [{ do: 'replicate' }])
    maybe(0.12, 3, () => [dice.chance(0.5) ? { do: 'replicate' } : { do: 'failover' }])
    maybe(0.12, 3, () => [
      dice.chance(0.5) ? { do: 'backup' } : { do: 'restore', unnoticed: dice.chance(0.4) },
    ])
    maybe(0.3, 4, () => [{ do: 'purge', olderMs: dice.pick([0, 1_000, 60_000]) }])
    maybe(0.1, 3, () => [{ do: dice.chance(0.5) ? 'keep' : 'rollback', device: device() }])
    maybe(0.06, 2, () => [{ do: 'copy', device: device(), to: device() }])
    return weights
  }

  #device(): number {
    return this.#dice.below(this.#devices.length)
  }

  #pause(): number {
    const dice = this.#dice
    return dice.chance(0.1) ? dice.below(600_000) : dice.below(dice.chance(0.5) ? 500 : 20_000)
  }

  #token(): string {
    this.#tokens += 1
    return `e${this.#tokens}`
  }

  #record(): { readonly in: CollectionName; readonly id: string } {
    const dice = this.#dice
    const name: CollectionName = dice.chance(0.8) ? 'items' : 'notes'
    const ids = this.#tiny ? IDS[name].slice(0, 1) : IDS[name]
    return { in: name, id: dice.pick(ids) }
  }

  #edit(): Step {
    const device = this.#device()
    const join = this.#dice.chance(0.2) ? { join: true } : {}
    return { do: 'edit', device, edit: this.#change(), ...join }
  }

  #change(): Edit {
    const dice = this.#dice
    const roll = dice.next()
    const record = this.#record()
    if (roll < 0.5) return { kind: 'edit', ...record, token: this.#token(), set: this.#fields() }
    if (roll < 0.58) return { kind: 'replace', ...record, token: this.#token() }
    if (roll < 0.7) return { kind: 'delete', ...record }
    if (roll < 0.86) return { kind: 'pair', token: this.#token() }
    if (roll < 0.89) return { kind: 'unpair' }
    if (roll < 0.94) return { kind: 'same', ...record }
    if (roll < 0.98) return this.#bulk()
    return { kind: 'draft', id: `x${dice.below(3)}` }
  }

  /** Some devices add the same number to the same record, at the same time. */
  #wave(): readonly Step[] {
    const dice = this.#dice
    const record = this.#record()
    const name = `${record.in}/${record.id}`
    const wave = this.#waves.get(name) ?? 0
    if (wave === MOST_WAVES) return [this.#edit()]
    this.#waves.set(name, wave + 1)
    const edit: Edit = { kind: 'count', ...record, number: numberOfWave(wave) }
    const steps: Step[] = this.#devices.flatMap((_, device) =>
      dice.chance(0.7) ? [{ do: 'edit', device, edit }] : [],
    )
    return steps.length > 0 ? steps : [this.#edit()]
  }

  #bulk(): Edit {
    this.#bulks += 1
    const ids = Array.from({ length: 2 + this.#dice.below(8) }, (_, index) => `b${this.#bulks}x${index}`)
    return { kind: 'bulk', in: 'items', ids, token: this.#token() }
  }

  /** Of the same fields and of different ones, plain, nested, lists, sets. */
  #fields(): Readonly<Record<string, unknown>> {
    const dice = this.#dice
    const value = dice.below(1_000)
    const kind = dice.below(6)
    if (kind === 0) return { x: value }
    if (kind === 1) return { y: value }
    if (kind === 2) return { nested: { inner: { [dice.pick(['p', 'q'])]: value } } }
    if (kind === 3) return { list: [value, { deep: [value] }] }
    if (kind === 4) return { tags: [`tag${dice.below(4)}`] }
    return {}
  }

  #poison(): Step {
    return {
      do: 'edit',
      device: this.#device(),
      edit: { kind: 'poison', ...this.#record(), token: this.#token() },
    }
  }

  #network(): Step {
    const dice = this.#dice
    const rate = (probability: number, most: number): number =>
      dice.chance(probability) ? dice.next() * most : 0
    const network: Network = {
      requestLost: rate(0.4, 0.5),
      answerLost: rate(0.5, 0.6),
      doubled: rate(0.4, 0.8),
      delayMs: dice.chance(0.5) ? dice.below(dice.chance(0.3) ? 45_000 : 3_000) : 0,
      garbled: rate(0.2, 0.3),
      stale: rate(0.4, 1),
      wakeLost: rate(0.5, 1),
    }
    return { do: 'network', device: this.#device(), network }
  }

  #crash(): Step {
    const dice = this.#dice
    const point: CrashPoint = { at: dice.pick(CRASH_POINTS), nth: 1 + dice.below(dice.chance(0.5) ? 3 : 12) }
    return {
      do: 'crash',
      device: this.#device(),
      point,
      downMs: dice.below(dice.chance(0.3) ? 600_000 : 5_000),
    }
  }
}
