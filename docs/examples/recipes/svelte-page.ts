import { mount, unmount } from 'svelte'
import { exposeRecipe } from './recipe-page.ts'
import { choice } from './choice.svelte.ts'
import TodoList from './todo-list.svelte'

exposeRecipe((place, data) => {
  const app = mount(TodoList, { target: place, props: { choice, ...data } })
  return { choose: (done) => (choice.done = done), unmount: () => void unmount(app) }
})
