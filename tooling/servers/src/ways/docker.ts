/** The vendor's image, by `compose.yaml`, where Docker's engine answers. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { type Plan, Refused, type Place, type Way } from '../definition.ts'
import type { Command } from '../keeper/keeper-spec.ts'

const FILE = path.join(import.meta.dirname, '../../compose.yaml')
const ASKED_MS = 10_000

/** @param service as `compose.yaml` calls it */
export function docker(service: string, address: (place: Place) => Pick<Plan, 'url' | 'details'>): Way {
  return {
    name: 'Docker',
    kind: 'real',
    async prepare(say) {
      const refusal = dockerRefusal()
      if (refusal !== null) throw new Refused(refusal)
      say(`Running ${service} with Docker (the first time its image is fetched)`)
      return { user: null, plan: (place) => ({ ...address(place), ...composePlan(service, place) }) }
    },
  }
}

function composePlan(service: string, place: Place): Omit<Plan, 'url' | 'details'> {
  const project = path.basename(place.folder).toLowerCase()
  const env = {
    SYNCLAYER_PORT: String(place.port),
    SYNCLAYER_PGBOUNCER_PORT: String(place.otherPort),
    SYNCLAYER_PASSWORD: place.password,
  }
  const compose = (...args: readonly string[]): Command => ({
    command: 'docker',
    args: ['compose', '--file', FILE, '--project-name', project, ...args],
    env,
  })
  return {
    processes: [compose('up', '--no-color', service)],
    kill: compose('kill', '--signal', 'SIGKILL'),
    atEnd: [compose('down', '--volumes')],
  }
}

/** Why Docker cannot be used here; null where it can. */
function dockerRefusal(): string | null {
  const compose = ask('compose', 'version')
  if (compose !== null) return `Docker Compose does not answer: ${compose}`
  const engine = ask('info', '--format', '{{.ServerVersion}}')
  return engine === null ? null : `Docker's engine does not answer: ${engine}`
}

function ask(...args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync('docker', args, { encoding: 'utf8', timeout: ASKED_MS })
  if (status === 0) return null
  return error?.message ?? stderr.trim().split('\n')[0] ?? `exit code ${status}`
}
