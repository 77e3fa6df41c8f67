import { HELP, readOptions, type Options } from './options.ts'
import { type Run, STEP_COUNT, startDemonstration } from './run-demonstration.ts'
import { createTerminal } from './terminal.ts'
import { createWorkplace, type Workplace } from './workplace.ts'

/** A process that was interrupted ends with 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

const options = readOptions(process.argv.slice(2))
if ('problem' in options) {
  console.error(`${options.problem}\n\n${HELP}`)
  process.exitCode = 1
} else if (options.help) console.log(HELP)
else process.exitCode = await demonstrate(options)

async function demonstrate(chosen: Options): Promise<number> {
  const terminal = createTerminal(process.stdout, process.env, STEP_COUNT)
  let workplace: Workplace | undefined
  let run: Run | undefined
  let isLeaving = false
  let isServing = false

  const leave = (code: number): void => {
    isLeaving = true
    void Promise.resolve(run?.stop())
      .catch(() => undefined)
      .finally(() => {
        workplace?.remove()
        process.exit(code)
      })
  }
  // Before there is anything that could be left behind. A terminal sends Ctrl-C to every process, and `npm run demo` passes it
  // on: more than one is none more.
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (isLeaving) return
      terminal.line()
      // All was shown, and is kept: only the server goes.
      if (isServing) return void run?.stop()
      terminal.line('Stopped; nothing is left behind.')
      leave(code)
    })
  }
  // Who reads the output may have seen enough: `npm run demo | head`.
  process.stdout.on('error', () => leave(0))

  try {
    workplace = createWorkplace()
    run = startDemonstration(chosen, terminal, workplace)
    const equal = await run.result
    isServing = chosen.keep
    if (chosen.keep) await run.keepServing()
    return equal ? 0 : 1
  } catch (error) {
    // Interrupted, whatever was under way fails: the databases are closed.
    if (!isLeaving) console.error(error)
    await run?.stop()
    return 1
  } finally {
    if (!chosen.keep) workplace?.remove()
  }
}
