import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createSyncProxy } from './sync-proxy.ts'
import { tell } from './tell.ts'
import { createTodoLab, type TodoLab, type Window } from './todo-lab.ts'

let lab: TodoLab
beforeAll(async () => void (lab = await createTodoLab()))
afterAll(() => lab.close())
afterEach(() => lab.end())

/** Resolves once the app opens without a network. */
async function kept({ page }: Window): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
  })
}

/** What another device is given by the server. */
async function seenElsewhere(name: string): Promise<Window> {
  const window = await (await lab.device()).signIn(name)
  await window.settled()
  return window
}

describe('without a network', () => {
  test('the app opens, edits are kept and shown as not sent, and are sent once there is a network', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    for (const text of ['Buy milk', 'Read']) await app.add(text)
    await app.settled()
    await kept(app)

    await device.context.setOffline(true)
    await expect.poll(app.state).toBe('Offline')
    await app.add('Written offline')
    await app.edit('Buy milk', 'Buy oat milk')
    await app.complete('Read')
    const wanted = ['Written offline', 'Read', 'Buy oat milk']
    await app.page.reload()
    await app.entry.waitFor()
    await expect.poll(app.texts).toEqual(wanted)
    await expect.poll(() => app.check('Read').isChecked()).toBe(true)
    for (const text of wanted) await expect.poll(() => app.row(text).textContent()).toContain('Not sent yet')
    await expect.poll(() => app.syncButton.textContent()).toContain('3 not sent yet')
    await app.openPanel()
    await expect.poll(() => app.panel.textContent()).toMatch(/Edited: Buy oat milk/)
    // Another window opens too.
    const second = await device.open()
    await expect.poll(second.texts).toEqual(wanted)

    await device.context.setOffline(false)
    await app.settled()
    const other = await seenElsewhere(name)
    await expect.poll(other.texts).toEqual(wanted)
    await expect.poll(() => other.check('Read').isChecked()).toBe(true)
    await expect.poll(() => app.row('Written offline').textContent()).not.toContain('Not sent yet')
  })

  test('who likes to works offline, in all windows of the device, until told otherwise', async () => {
    const name = lab.newName()
    const device = await lab.device()
    const app = await device.signIn(name)
    await app.add('Before')
    await app.settled()
    const second = await device.open()
    await app.workOffline(true)
    for (const window of [app, second]) await expect.poll(window.state).toBe('Working offline')
    await second.add('Meanwhile')
    await app.page.reload()
    await app.entry.waitFor()
    await expect.poll(app.state).toBe('Working offline')
    const other = await seenElsewhere(name)
    await expect.poll(other.texts).toEqual(['Before'])
    await second.workOffline(false)
    await app.settled()
    await expect.poll(other.texts).toEqual(['Meanwhile', 'Before'])
  })
})

describe('a server that is killed', () => {
  test('is not missed: edits wait, and go through when it is back', async () => {
    const name = lab.newName()
    const app = await (await lab.device()).signIn(name)
    await app.add('Before')
    await app.settled()
    await lab.stop('SIGKILL')
    await app.add('While it was gone')
    await app.edit('Before', 'Before, edited')
    await expect.poll(app.state).toBe('Offline')
    await lab.start()
    await app.settled()
    const other = await seenElsewhere(name)
    await expect.poll(other.texts).toEqual(['While it was gone', 'Before, edited'])
    // And it is live again, both ways.
    await other.add('From elsewhere')
    await expect.poll(app.texts).toEqual(['From elsewhere', 'While it was gone', 'Before, edited'])
  })
})

describe('a bad network', () => {
  test('slow, and cut in the middle of pushes: everything arrives, and once', async () => {
    const proxy = await createSyncProxy(lab.server.port)
    const name = lab.newName()
    const device = await lab.device({ url: proxy.url })
    const app = await device.signIn(name)
    await app.settled()
    const devtools = await device.context.newCDPSession(app.page)
    await devtools.send('Network.enable')
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 100,
      downloadThroughput: 100_000,
      uploadThroughput: 30_000,
    })
    await app.page.getByRole('button', { name: 'Add 50 sample todos' }).click()
    const fates = ['lost', 'answerLost', 'cut', 'clipped', 'late', 'twice', 'foreign'] as const
    for (const fate of fates) {
      await app.settled()
      const begun = proxy.nextPush(fate)
      await app.add(`A push that is ${fate}`)
      await begun
      await app.add(`Meanwhile: ${fate}`)
      await app.syncNow()
    }
    await app.settled()
    const other = await seenElsewhere(name)
    const count = other.page.getByRole('group', { name: 'Show' }).getByRole('button', { name: 'All' })
    await expect.poll(() => count.innerText()).toMatch(/All\s*64$/)
    const wanted = fates.toReversed().flatMap((fate) => [`Meanwhile: ${fate}`, `A push that is ${fate}`])
    await expect.poll(async () => (await other.texts()).slice(0, 14)).toEqual(wanted)
    await proxy.close()
  }, 120_000)

  test('that loses, doubles, delays and breaks what it carries: both devices end up the same', async () => {
    const seed = Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 1e9))
    tell(`Seed of this network: SYNCLAYER_SEED=${seed}`)
    const name = lab.newName()
    const other = await (await lab.device()).signIn(name)
    const proxy = await createSyncProxy(lab.server.port)
    const app = await (await lab.device({ url: proxy.url })).signIn(name)
    proxy.storm(seed)
    for (let turn = 0; turn < 8; turn += 1) {
      await app.add(`From here ${turn}`)
      await other.add(`From there ${turn}`)
      if (turn > 0) await app.edit(`From here ${turn - 1}`, `Edited ${turn - 1}`)
    }
    proxy.calm()
    await app.syncNow()
    // A request that nobody answered is given up after half a minute.
    await Promise.all([app.settled(90_000), other.settled()])
    const wanted = [
      'From here 7',
      ...Array.from({ length: 8 }, (_, turn) => `From there ${turn}`),
      ...Array.from({ length: 7 }, (_, turn) => `Edited ${turn}`),
    ].toSorted()
    const sorted = async ({ texts }: Window): Promise<readonly string[]> => (await texts()).toSorted()
    await expect.poll(() => sorted(app)).toEqual(wanted)
    await expect.poll(() => sorted(other)).toEqual(wanted)
    await expect.poll(async () => (await app.texts()).join() === (await other.texts()).join()).toBe(true)
    tell(`What became of its requests: ${JSON.stringify(Object.fromEntries(proxy.tally))}`)
    await proxy.close()
  }, 180_000)
})
