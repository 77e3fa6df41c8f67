/** The server's life: from its options to its last answer. */
import type { Logger } from '@synclayer/core/adapter'
import { createSyncServer } from '@synclayer/server'
import { serveSync } from '@synclayer/server/node'
import { logServing, servingText, type Serving } from './announce.ts'
import { openApp } from './app/open-app.ts'
import { authenticationFor, corsFor } from './authentication.ts'
import { createBackend } from './backends/create-backend.ts'
import { besideSync } from './beside-sync.ts'
import { createDemoSignIn } from './demo/demo-sign-in.ts'
import { keptSecret } from './demo/kept-secret.ts'
import { createLog, type LogLevelOption } from './log/create-log.ts'
import { readableLines } from './log/readable-lines.ts'
import { isLoopback } from './loopback.ts'
import type { Access } from './options/access.ts'
import type { ServerOptions } from './options/server-options.ts'
import { ownHostsOnly } from './own-hosts-only.ts'
import { startPurging } from './purge.ts'
import { onStopSignals } from './signals.ts'

/** What the process gives. */
export interface Surroundings {
  readonly version: string
  readonly output: NodeJS.WriteStream
  readonly environment: NodeJS.ProcessEnv
}

/** Longer than any request may take, so that closing answers all of them. */
const MARGIN_MS = 5_000

/** Runs until it is told to stop. Rejects where it cannot begin. */
export async function runServer(options: ServerOptions, surroundings: Surroundings): Promise<void> {
  const { output, environment, version } = surroundings
  const { backend, host, port, limits, demoSignIn } = options
  const logger = logTo(output, options.logLevel, environment)
  // From here on: who knows that it serves may tell it to stop at the same moment.
  const toldToStop = new Promise<void>((resolve) => {
    onStopSignals((signal) => {
      logger.log('info', 'Stopping: what was begun is answered', { signal })
      resolve()
    })
  })
  const access = accessOf(options)
  const app = options.app === null ? null : await openApp(options.app)
  const { adapter, place } = await createBackend(backend)
  const server = createSyncServer({
    adapter,
    authenticate: authenticationFor(access),
    cors: corsFor(access, options.cors),
    limits,
    logger,
  })
  const signIn =
    demoSignIn === null || access.kind !== 'secret'
      ? null
      : createDemoSignIn({ ...access, ...demoSignIn, now: Date.now })
  const whole = besideSync(server, { app, signIn, logger })
  const isForThisMachine = access.kind === 'open' || (signIn !== null && isLoopback(host))
  let listening: Awaited<ReturnType<typeof serveSync>>
  try {
    await server.ready()
    const patienceMs = options.limits.requestMs + MARGIN_MS
    listening = await serveSync({
      server: isForThisMachine ? ownHostsOnly(whole) : whole,
      host,
      port,
      requestMs: patienceMs,
      closeMs: patienceMs,
    })
  } catch (error) {
    await server.close()
    throw error
  }

  const serving: Serving = {
    version,
    adapter: backend.adapter,
    place,
    showsPassword: backend.showsPassword,
    url: listening.url,
    host,
    access,
    app: options.app,
    hasDemoSignIn: signIn !== null,
  }
  if (output.isTTY) output.write(servingText(serving))
  else logServing(serving, logger)
  const { retentionMs, purgeIntervalMs: intervalMs } = options
  const purging = retentionMs === null ? null : startPurging(adapter, { retentionMs, intervalMs, logger })

  await toldToStop
  await purging?.stop()
  await listening.close()
  logger.log('info', 'Stopped')
}

/** Whoever is to make tokens and was given no secret makes one. */
function accessOf({ access, demoSignIn, backend }: ServerOptions): Access {
  if (demoSignIn === null || access.kind !== 'open') return access
  return { kind: 'secret', secret: keptSecret(`${backend.path ?? 'synclayer'}.secret`), claims: {} }
}

/** Lines for people where there is a terminal, else JSON. */
function logTo(output: NodeJS.WriteStream, level: LogLevelOption, environment: NodeJS.ProcessEnv): Logger {
  if (!output.isTTY) return createLog(level)
  return createLog(
    level,
    readableLines((text) => output.write(text), !environment['NO_COLOR']),
  )
}
