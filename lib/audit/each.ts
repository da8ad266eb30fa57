import type { User } from '../inventory/schema.ts'
import type { Finding } from './check.ts'
import type { Scene } from './facts.ts'
import { cannotTell } from './verdicts.ts'

/** What is found on each machine; one that cannot be read hides nothing of the others. */
export function* onEachHost(scene: Scene, find: (host: string) => Iterable<Finding>): Generator<Finding> {
  for (const host of scene.hosts)
    for (const found of orUnknown(host, () => find(host))) yield { ...found, host }
}

/** What is found about each user on each machine, from what was read there once; the subject says who and where. */
export const ofEachUser = <T>(
  scene: Scene,
  read: (host: string) => T,
  find: (seen: T, user: User, subject: string) => Iterable<Finding>,
): Generator<Finding> =>
  onEachHost(scene, function* (host) {
    const seen = read(host)
    for (const user of scene.users) {
      const subject = `${user.name} on ${host}`
      yield* orUnknown(subject, () => find(seen, user, subject))
    }
  })

function* orUnknown(subject: string, find: () => Iterable<Finding>): Generator<Finding> {
  try {
    yield* find()
  } catch (error) {
    yield cannotTell(subject, error)
  }
}
