/** A client in a process of its own, seen from its parent. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Acts, Report } from '../client/acts.ts'
import type { ClientSettings } from '../client/database.ts'
import { endProcess } from './end-process.ts'
import type { Answer } from './messages.ts'

type Input<Name extends keyof Acts> = Parameters<Acts[Name]>[0]
type Rest<Name extends keyof Acts> =
  undefined extends Input<Name> ? [] : [input: Input<Name>, report?: Report]
type Result<Name extends keyof Acts> = Awaited<ReturnType<Acts[Name]>>

export interface Client {
  readonly name: string
  readonly pid: number
  /** Has the client do something, and answers what came of it. */
  ask<Name extends keyof Acts>(act: Name, ...rest: Rest<Name>): Promise<Result<Name>>
  /** Closes its store and ends it. */
  end(): Promise<void>
}

interface Waiting {
  readonly report: Report
  resolve(result: unknown): void
  reject(error: Error): void
}

const PROGRAM = fileURLToPath(new URL('../client/main.js', import.meta.url))
const READY = 0

/** Resolves once the client's store is open. */
export async function startClient(
  name: string,
  settings: ClientSettings,
  onStart: (end: () => Promise<void>) => void,
): Promise<Client> {
  const child = fork(PROGRAM, [JSON.stringify(settings)], { serialization: 'advanced' })
  const questions = createQuestions(name, child)
  const end = (): Promise<void> => endProcess(child, () => child.connected && child.disconnect())
  onStart(end)
  await questions.ready
  return {
    name,
    pid: child.pid ?? 0,
    ask: <Name extends keyof Acts>(act: Name, ...rest: Rest<Name>) => {
      const [input, report] = rest as readonly [unknown?, Report?]
      return questions.ask(act, input, report) as Promise<Result<Name>>
    },
    end,
  }
}

interface Questions {
  readonly ready: Promise<unknown>
  ask(act: string, input: unknown, report?: Report): Promise<unknown>
}

function createQuestions(name: string, child: ChildProcess): Questions {
  const waiting = new Map<number, Waiting>()
  const wait = (id: number, report: Report = () => undefined): Promise<unknown> =>
    new Promise((resolve, reject) => void waiting.set(id, { report, resolve, reject }))
  let last = READY

  child.on('message', (answer: Answer) => {
    const id = answer.kind === 'ready' ? READY : answer.id
    const question = waiting.get(id)
    if (answer.kind === 'progress') {
      question?.report(answer.done, answer.total)
      return
    }
    waiting.delete(id)
    if (answer.kind === 'failure') question?.reject(new Error(`${name} failed: ${answer.reason}`))
    else question?.resolve(answer.kind === 'result' ? answer.result : undefined)
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`The process of ${name} has ended.`))
    waiting.clear()
  })

  return {
    ready: wait(READY),
    ask(act, input, report) {
      last += 1
      const answered = wait(last, report)
      child.send({ id: last, act, input })
      return answered
    },
  }
}
