/** Todos to try the app with: the same ones at every call. */
import { addDays } from '../../model/days.ts'
import type { Entry } from '../../model/parse-entry.ts'
import { PRIORITIES } from '../../model/todo.ts'

const VERBS = ['Call', 'Write to', 'Meet', 'Thank', 'Ask', 'Visit', 'Remind', 'Invite', 'Pay', 'Answer']
const PEOPLE = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Margaret', 'Leslie', 'Frances', 'Tim']
const ABOUT = [
  'the garden',
  'the report',
  'next week',
  'the new flat',
  'the concert',
  'the birthday',
  'the invoice',
  'the holidays',
  'the bicycle',
  'the library books',
  'the train tickets',
]
const TAGS = ['home', 'work', 'family', 'errands', 'someday']

export function sampleTodos(count: number, today: string): readonly (Entry & { readonly done: boolean })[] {
  return Array.from({ length: count }, (_, index) => ({
    text: `${pick(VERBS, index)} ${pick(PEOPLE, index * 3 + 1)} about ${pick(ABOUT, index * 5 + 2)}${count > 100 ? ` (${index + 1})` : ''}`,
    done: index % 5 === 4,
    priority: index % 3 === 0 ? pick(PRIORITIES, index / 3) : 'none',
    due: index % 4 === 1 ? addDays(today, (index % 17) - 3) : null,
    tags: index % 2 === 0 ? [pick(TAGS, index / 2)] : [],
  }))
}

function pick<Item>(items: readonly Item[], index: number): Item {
  return items[Math.floor(index) % items.length]!
}
