/** Servers whose sockets are wrong. */
import type { ServerMessage } from '@synclayer/core/protocol'
import { closing, hearing, type Mutants, telling } from './mutant.ts'

const without = (lost: (message: ServerMessage) => boolean) =>
  telling(() => (message) => (lost(message) ? [] : [message]))

const losingPages = (isLost: (page: number) => boolean) =>
  telling(() => {
    let pages = 0
    return (message) => (message.type === 'page' && isLost(pages++) ? [] : [message])
  })

export const SOCKET_MUTANTS: Mutants = {
  'loses the first change of a connection': {
    break: losingPages((page) => page === 0),
    failing: /the very first connection delivers/,
  },
  'loses every second page': {
    break: losingPages((page) => page % 2 === 1),
    failing: /each page begins where/,
  },
  'tells each page twice': {
    break: telling(() => (message) => (message.type === 'page' ? [message, message] : [message])),
    failing: /each page begins where/,
  },
  'says that a page begins where it ends': {
    break: telling(
      () => (message) =>
        message.type === 'page'
          ? [{ ...message, page: { ...message.page, from: message.page.cursor } }]
          : [message],
    ),
    failing: /the very first connection delivers/,
  },
  'only wakes': {
    break: telling(
      () => (message) => (message.type === 'page' ? [{ type: 'wake', id: message.id }] : [message]),
    ),
    failing: /the very first connection delivers/,
  },
  'never wakes': {
    break: without(({ type }) => type === 'wake'),
    failing: /without a cursor the server says to pull/,
  },
  'begins at the head, whatever the cursor': {
    break: telling(() => {
      let subscribed = false
      return (message) => {
        const isFirst = subscribed && message.type === 'page'
        subscribed = message.type === 'subscribed'
        return isFirst ? [] : [message]
      }
    }),
    failing: /what was missed while away/,
  },
  'passes over filters': {
    break: hearing((message) =>
      message['type'] === 'subscribe'
        ? {
            ...message,
            collections: (message['collections'] as { name: string }[]).map(({ name }) => ({ name })),
          }
        : message,
    ),
    failing: /a page is what a pull from there gives/,
  },
  'goes on after unsubscribing': {
    break: hearing((message) => (message['type'] === 'unsubscribe' ? null : message)),
    failing: /after unsubscribing nothing comes/,
  },
  'does not say that it follows': {
    break: without(({ type }) => type === 'subscribed'),
    failing: /the very first connection delivers/,
  },
  'answers no ping': {
    break: without(({ type }) => type === 'pong'),
    failing: /errors of sockets.*members nobody knows/,
  },
  'believes everyone': {
    break: hearing((message) =>
      message['type'] === 'hello' ? { ...message, token: 'good-token-1' } : message,
    ),
    failing: /without a good token the socket is closed/,
  },
  'grants every scope': {
    break: hearing((message) =>
      message['type'] === 'hello' && message['token'] === 'other-token-3'
        ? { ...message, token: 'good-token-1' }
        : message,
    ),
    failing: /another principal is told nothing/,
  },
  'ends the connection over one scope': {
    break: telling(() => (message, close) => {
      if (message.type === 'error') close(4403)
      return [message]
    }),
    failing: /a scope that was not granted ends that subscription/,
  },
  'closes with a code of its own': { break: closing(() => 1000), failing: /without a good token the socket/ },
  'closes without a word': {
    break: without(({ type }) => type === 'error'),
    failing: /no JSON ends the socket/,
  },
  'passes over what is no message': {
    break: hearing((message) =>
      ['hello', 'subscribe', 'ping'].includes(String(message['type'])) ? message : null,
    ),
    failing: /no message ends the socket/,
  },
  'invents messages': {
    break: telling(
      () => (message) => (message.type === 'welcome' ? [message, { type: 'motd', text: 'Hi' }] : [message]),
    ),
    failing: /opens a socket/,
  },
}
